SELECT CAST(v AS INT) AS i, upper(substring(v, 2, 3)) AS s, CASE WHEN offset % 2 = 0 THEN 'even' ELSE NULL END AS parity,
  date_format(timestamp, 'yyyy-MM-dd'), to_timestamp(v, 'yyyy'), offset / 0, explode(words) AS word, v LIKE 'a%', v RLIKE '^a'
FROM lines WHERE v IS NOT NULL AND timestamp > TIMESTAMP '2026-01-18 10:00:00' - INTERVAL 5 MINUTES
