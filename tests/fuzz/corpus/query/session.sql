SELECT session_window(timestamp, '5 minutes') AS w, min(offset), max(v), count(DISTINCT v) FROM lines GROUP BY 1
