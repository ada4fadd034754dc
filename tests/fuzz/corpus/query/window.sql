SELECT window, v, count(*) AS n, round(avg(offset), 1) AS mean, zoo(offset) AS z
FROM lines GROUP BY window(timestamp, '1 minute', '20 seconds'), v HAVING count(*) > 1
