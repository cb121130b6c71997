-- What someone wanted to say about a restatement, beside the reason, which is one of few.
ALTER TABLE restatements ADD COLUMN IF NOT EXISTS note String;
