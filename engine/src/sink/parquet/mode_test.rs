use super::*;

#[test]
fn only_what_a_parquet_writer_puts_there_is_ever_removed() {
    for file in [
        "a.parquet",
        "country=fr/part-0.snappy.parquet",
        "_SUCCESS",
        "._SUCCESS.crc",
        ".a.parquet.crc",
        "_metadata",
    ] {
        assert!(is_table_file(file), "{file}");
    }
    for file in [
        "notes.txt",
        ".part-0.parquet.tmp",
        "_delta_log/0.parquet",
        "_temporary/0/a.parquet",
        "a.crc",
        ".hidden.parquet",
    ] {
        assert!(!is_table_file(file), "{file}");
    }
}

#[test]
fn modes_are_read_by_spark_s_names_and_ours() {
    assert_eq!("errorIfExists".parse(), Ok(SaveMode::ErrorIfExists));
    assert_eq!("error_if_exists".parse(), Ok(SaveMode::ErrorIfExists));
    assert_eq!("Overwrite".parse(), Ok(SaveMode::Overwrite));
    insta::assert_snapshot!("replace".parse::<SaveMode>().unwrap_err(), @"unknown mode `replace`: use `append`, `overwrite`, `error_if_exists` or `ignore`");
    insta::assert_snapshot!("gzip".parse::<crate::sink::parquet::Compression>().unwrap_err(), @"unknown codec `gzip`: use `snappy`, `zstd` or `none`");
}
