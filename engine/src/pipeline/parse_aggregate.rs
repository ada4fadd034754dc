//! `[aggregate.NAME]`: an aggregate that a module brings, under the name that SQL calls it by.

use std::path::Path;

use super::mistake::Mistakes;
use super::parse_limits::limits;
use super::parse_values::in_folder;
use super::reader::{Reader, Spanned};
use super::spec::{AggregateSpec, Name};
use super::tree::Table;

/// Reads an aggregate; `folder` is the pipeline file's, from which a relative path goes.
pub(super) fn aggregate(name: Name, table: &Table, folder: &Path, mistakes: &mut Mistakes) -> Option<AggregateSpec> {
    let whose = format!("aggregate `{}`", name.text);
    let mut reader = Reader::new(table, whose.clone(), mistakes);
    let module = reader.string("module");
    if module.is_none() && table.get("module").is_none() {
        reader.missing(
            "module",
            name.span,
            "a crate's folder, or a .wasm file: module = \"../p95\"",
        );
    }
    let function = reader.string("function");
    let limits = limits(&mut reader, &whose);
    reader.finish();
    let module = module?;
    Some(AggregateSpec {
        name,
        module: Spanned {
            value: in_folder(folder, &module.value),
            span: module.span,
        },
        function,
        limits,
    })
}
