use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;

use super::*;

fn names_below(folder: &Path, from: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_below(&path, from, found);
        } else {
            found.insert(path.strip_prefix(from).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
}

#[test]
fn every_file_of_a_template_is_written() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for name in TemplateName::value_variants() {
        let template = of(*name);
        let folder = templates.join(template.name);
        let mut there = BTreeSet::new();
        names_below(&folder, &folder, &mut there);
        let written: BTreeSet<String> = template.files.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(written, there, "{}", template.name);
    }
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    let place = regex::Regex::new(r"\{\{\w+\}\}").unwrap();
    for name in TemplateName::value_variants() {
        for sdk in [Sdk::Copied, Sdk::Beside("../sdk".to_owned())] {
            for file in of(*name).files("my-crate", &sdk) {
                assert!(!place.is_match(&file.text), "{}", file.path);
            }
        }
    }
}

/// The page of a crate is read in one look.
#[test]
fn the_page_is_one_screen() {
    for name in TemplateName::value_variants() {
        let files = of(*name).files("my-crate", &Sdk::Copied);
        let page = files.iter().find(|file| file.path == "README.md").unwrap();
        assert!(page.text.lines().count() <= 40);
    }
}

#[test]
fn a_path_is_quoted_as_toml_wants_it() {
    let sdk = Sdk::Beside(r#"C:\a "b"/sdk"#.to_owned());
    let files = ORDERS.files("mine", &sdk);
    let manifest: toml::Table = files[0].text.parse().unwrap();
    assert_eq!(
        manifest["dependencies"]["wasmill-sdk"]["path"].as_str(),
        Some(sdk.path())
    );
}
