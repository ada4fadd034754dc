use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use super::Files;
use crate::kills::place::Place;

/// Writes a file of these columns of numbers.
pub(in crate::kills::output) fn write(path: &Path, columns: &[(&str, &[i64])]) {
    let columns = columns
        .iter()
        .map(|(name, values)| (*name, Arc::new(Int64Array::from(values.to_vec())) as ArrayRef));
    write_batch(path, &RecordBatch::try_from_iter(columns).unwrap());
}

pub(in crate::kills::output) fn write_batch(path: &Path, batch: &RecordBatch) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// A folder on the disk, and who reads it.
pub(in crate::kills::output) fn folder() -> (TempDir, Files) {
    let folder = TempDir::new().unwrap();
    let files = Files::at(Place::Disk(folder.path().to_owned()));
    (folder, files)
}

fn names(files: &mut Files) -> Vec<String> {
    let seen = files.look().unwrap().unwrap();
    seen.into_iter().map(|seen| seen.file).collect()
}

#[test]
fn a_file_is_read_once_and_what_is_hidden_is_not() {
    let (folder, mut files) = folder();
    let write = |name: &str| write(&folder.path().join(name), &[("n", &[1])]);
    write("a.parquet");
    write("_b.parquet");
    write(".c.parquet");
    write("_part/d.parquet");
    write("e.tmp");
    assert_eq!(names(&mut files), ["a.parquet"]);
    write("day=1/f.parquet");
    assert_eq!(names(&mut files), ["day=1/f.parquet"]);
    assert_eq!(names(&mut files), [""; 0]);
}

#[test]
fn a_file_that_was_visible_stays_as_it_is() {
    let wrong = |what: &dyn Fn(&Path)| {
        let (folder, mut files) = folder();
        let path = folder.path().join("a.parquet");
        write(&path, &[("n", &[1])]);
        files.look().unwrap();
        what(&path);
        files.look().map(|seen| seen.map(|seen| seen.len())).unwrap_err()
    };
    assert_eq!(
        wrong(&|path| std::fs::remove_file(path).unwrap()),
        "`a.parquet` was visible, and is gone"
    );
    assert_eq!(
        wrong(&|path| write(path, &[("n", &[1]), ("m", &[1])])),
        "`a.parquet` was visible, and has changed"
    );
    let torn = wrong(&|path| std::fs::write(path.with_file_name("b.parquet"), "PAR1").unwrap());
    assert!(
        torn.starts_with("`b.parquet` is visible, and can't be read: "),
        "{torn}"
    );
}
