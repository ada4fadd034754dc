"""Reads a Parquet folder by a reader that is not wasmill's, so that the tests know what others see in it.

    read_parquet.py rows LOCATION [--reader pyarrow|duckdb]    its rows, one JSON object a line
    read_parquet.py describe LOCATION                          its files' structure, one JSON object a file

LOCATION is a folder, a file:// URL or an s3:// URL (endpoint and credentials from AWS_*). Rows have the golden
files' form: timestamps as ISO 8601 in UTC with microseconds, bytes as {"b64": ...}, NaN and infinities as text.
Like Spark, both readers pass over names that begin with `_` or `.`, and take `key=value` folders as columns.
"""

import argparse
import base64
import datetime
import json
import math
import os
import pathlib
import sys
import tempfile
import urllib.parse

import duckdb
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet


def open_location(location):
    """The file system and the path in it that a location means."""
    url = urllib.parse.urlsplit(location)
    if url.scheme == "s3":
        store = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
        files = pyarrow.fs.S3FileSystem(
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            region=os.environ.get("AWS_REGION", "us-east-1"),
            endpoint_override=store.netloc,
            scheme=store.scheme,
        )
        return files, f"{url.netloc}/{url.path.strip('/')}"
    path = urllib.parse.unquote(url.path) if url.scheme == "file" else location
    return pyarrow.fs.LocalFileSystem(), os.path.abspath(path)


def visible_files(files, root):
    """The paths of the Parquet files that a reader takes as the table's, in order."""
    found = files.get_file_info(pyarrow.fs.FileSelector(root, recursive=True))
    paths = [info.path for info in found if info.is_file and info.path.endswith(".parquet")]
    hidden = lambda path: any(part[0] in "_." for part in path[len(root) :].strip("/").split("/"))
    return sorted(path for path in paths if not hidden(path))


def read_with_pyarrow(files, root):
    partitioning = pyarrow.dataset.partitioning(flavor="hive")
    dataset = pyarrow.dataset.dataset(root, filesystem=files, format="parquet", partitioning=partitioning)
    return dataset.to_table()


def read_with_duckdb(files, root):
    # DuckDB's own S3 client is an extension that it fetches when asked for; bytes are bytes, so copy them here.
    with tempfile.TemporaryDirectory() as copy:
        for path in visible_files(files, root):
            target = pathlib.Path(copy, path[len(root) :].strip("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            with files.open_input_stream(path) as stream:
                target.write_bytes(stream.read())
        connection = duckdb.connect()
        # Columns are taken by name: the files of a stream may be older than its newest column.
        query = "SELECT * FROM read_parquet(?, hive_partitioning = true, union_by_name = true)"
        return connection.sql(query, params=[f"{copy}/**/*.parquet"]).to_arrow_table()


def golden_form(value):
    """A value as the golden files write it."""
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(timespec="microseconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: golden_form(field) for name, field in value.items()}
    if isinstance(value, list):
        return [golden_form(element) for element in value]
    return value


def print_rows(location, reader):
    read = {"pyarrow": read_with_pyarrow, "duckdb": read_with_duckdb}[reader]
    for batch in read(*open_location(location)).to_batches():
        for row in batch.to_pylist():
            print(json.dumps(golden_form(row), ensure_ascii=False))


def describe(location):
    files, root = open_location(location)
    for path in visible_files(files, root):
        parquet = pyarrow.parquet.ParquetFile(files.open_input_file(path))
        metadata = parquet.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        columns = [
            {
                "name": leaf.path,
                "physical_type": leaf.physical_type,
                "logical_type": str(leaf.logical_type),
                "compression": sorted({group.column(number).compression for group in groups}),
                "statistics": all(describes(group.column(number)) for group in groups),
            }
            for number, leaf in enumerate(parquet.schema)
        ]
        summary = {
            "file": path[len(root) :].strip("/"),
            "created_by": metadata.created_by,
            "rows": metadata.num_rows,
            "row_groups": [group.num_rows for group in groups],
            "schema": {field.name: str(field.type) for field in parquet.schema_arrow},
            "columns": columns,
        }
        print(json.dumps(summary))


def describes(chunk):
    """Whether a column chunk says enough to be skipped by a filter: its bounds, or that it holds only nulls."""
    statistics = chunk.statistics
    if statistics is None or not statistics.has_null_count:
        return False
    return statistics.has_min_max or statistics.null_count == chunk.num_values


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rows", "describe"])
    parser.add_argument("location")
    parser.add_argument("--reader", choices=["pyarrow", "duckdb"], default="pyarrow")
    arguments = parser.parse_args()
    if arguments.what == "rows":
        print_rows(arguments.location, arguments.reader)
    else:
        describe(arguments.location)


if __name__ == "__main__":
    sys.exit(main())
