SELECT DISTINCT channel FROM days ORDER BY channel
