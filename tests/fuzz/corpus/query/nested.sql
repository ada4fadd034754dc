WITH a AS (SELECT *, row_number() OVER (PARTITION BY v ORDER BY offset DESC) AS n FROM lines)
SELECT a.v, b.length FROM a JOIN zoo b ON a.offset = b.kafka_offset WHERE n = 1 UNION ALL SELECT v, -1 FROM lines ORDER BY 1 LIMIT 5
