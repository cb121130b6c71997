-- Versions count up, since neither the value nor a clock is sure to.
INSERT INTO progress (name, value, version)
SELECT {name:String}, {value:Int64}, ifNull(max(version), 0) + 1 FROM progress WHERE name = {name:String}
