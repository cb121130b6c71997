-- The end of every long question of a backfill: beside live traffic it takes one thread of the engine, and fails rather
-- than take the memory of those who count.
SETTINGS max_threads = 1, max_memory_usage = 4000000000
