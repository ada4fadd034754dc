//! `[aggregate.NAME]`: an aggregate that a module brings, under the name that SQL calls it by.

use std::path::Path;

use super::mistake::Mistakes;
use super::reader::{Reader, Spanned};
use super::spec::{AggregateSpec, Name};
use super::tree::Table;

/// Reads an aggregate; `folder` is the pipeline file's, from which a relative path goes.
pub(super) fn aggregate(name: Name, table: &Table, folder: &Path, mistakes: &mut Mistakes) -> Option<AggregateSpec> {
    let mut reader = Reader::new(table, format!("aggregate `{}`", name.text), mistakes);
    let module = reader.string("module");
    if module.is_none() && table.get("module").is_none() {
        reader.missing(
            "module",
            name.span,
            "a crate's folder, or a .wasm file: module = \"../p95\"",
        );
    }
    let function = reader.string("function");
    reader.finish();
    let module = module?;
    Some(AggregateSpec {
        name,
        module: Spanned {
            value: folder.join(module.value),
            span: module.span,
        },
        function,
    })
}
