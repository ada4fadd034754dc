//! What a new crate begins with. The templates are files: `engine/templates/`.

use crate::cli::args::TemplateName;

use super::sdk::Sdk;

/// A file of the new crate.
pub(super) struct File {
    /// Where in the crate, with `/` between its parts.
    pub(super) path: String,
    /// What is in it.
    pub(super) text: String,
}

/// What a crate begins with.
pub(super) struct Template {
    /// What `--from` calls it.
    pub(super) name: &'static str,
    /// What its code does, for the crate's page.
    about: &'static str,
    /// The topic of its pipeline; `None` is one called as the crate.
    topic: Option<&'static str>,
    /// The generator that fills that topic, if there is one.
    generator: Option<&'static str>,
    /// Its own files.
    files: &'static [(&'static str, &'static str)],
}

/// What all crates have.
const SHARED: [(&str, &str); 3] = [
    ("Cargo.toml", include_str!("../../../templates/crate/manifest.toml")),
    ("README.md", include_str!("../../../templates/crate/README.md")),
    (".gitignore", include_str!("../../../templates/crate/gitignore")),
];

macro_rules! files {
    ($template:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../templates/", $template, "/", $path)))),+]
    };
}

const ORDERS: Template = Template {
    name: "orders",
    about: "Orders, a row each; one whose total can't be right is refused, with the reason.",
    topic: Some("commandes-json"),
    generator: Some("orders"),
    files: files!["orders": "src/lib.rs", "src/tests.rs", "pipeline.toml", "samples.jsonl", "cases/first/records.jsonl",
        "cases/first/by_customer.jsonl", "cases/first/orders_errors.jsonl"],
};

const LOGS: Template = Template {
    name: "logs",
    about: "An application's log lines, without those that only help to find mistakes.",
    topic: Some("logs-application"),
    generator: Some("logs"),
    files: files!["logs": "src/lib.rs", "src/tests.rs", "pipeline.toml", "samples.jsonl", "cases/first/records.jsonl",
        "cases/first/by_level.jsonl", "cases/first/lines_errors.jsonl"],
};

const METRICS: Template = Template {
    name: "metrics",
    about: "Servers' metrics: a record holds several measurements, and each becomes a row.",
    topic: Some("metrics"),
    generator: Some("metrics"),
    files: files!["metrics": "src/lib.rs", "src/tests.rs", "pipeline.toml", "samples.jsonl", "cases/first/records.jsonl",
        "cases/first/by_host.jsonl", "cases/first/measurements_errors.jsonl"],
};

const AGGREGATE: Template = Template {
    name: "aggregate",
    about: "A function for SQL, `spread(x)`: the greatest distance between two values, of a group or a window.",
    topic: Some("metrics"),
    generator: Some("metrics"),
    files: files!["aggregate": "src/lib.rs", "src/tests.rs", "pipeline.toml", "samples.jsonl", "cases/first/records.jsonl",
        "cases/first/by_host.jsonl"],
};

const BLANK: Template = Template {
    name: "blank",
    about: "Lines of text, each with the number of its words.",
    topic: None,
    generator: None,
    files: files!["blank": "src/lib.rs", "src/tests.rs", "pipeline.toml", "samples.jsonl", "cases/first/records.jsonl",
        "cases/first/counted.jsonl"],
};

/// The template of this name.
pub(super) fn of(name: TemplateName) -> &'static Template {
    match name {
        TemplateName::Orders => &ORDERS,
        TemplateName::Logs => &LOGS,
        TemplateName::Metrics => &METRICS,
        TemplateName::Aggregate => &AGGREGATE,
        TemplateName::Blank => &BLANK,
    }
}

impl Template {
    /// The files of a crate of this name.
    pub(super) fn files(&self, name: &str, sdk: &Sdk) -> Vec<File> {
        let topic = self.topic.unwrap_or(name);
        let fill = match self.generator {
            Some(generator) => format!("wasmill produce {topic} --generate {generator} --count 500"),
            None => format!("wasmill produce {topic} --from samples.jsonl"),
        };
        let written = |text: &str| {
            text.replace("{{name}}", name)
                .replace("{{sdk}}", &quoted(sdk.path()))
                .replace("{{about}}", self.about)
                .replace("{{topic}}", topic)
                .replace("{{fill}}", &fill)
        };
        let own = SHARED.iter().chain(self.files).map(|(path, text)| File {
            path: (*path).to_owned(),
            text: written(text),
        });
        // A copy of the SDK is no member of the crate's workspace: its own tests are not the author's.
        let own = own.map(|file| match (sdk, file.path.as_str()) {
            (Sdk::Copied, "Cargo.toml") => File {
                text: file.text + "exclude = [\"wasmill-sdk\"]\n",
                ..file
            },
            _ => file,
        });
        own.chain(sdk.files()).collect()
    }
}

/// As it stands between quotes in TOML.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
#[path = "template_test.rs"]
mod tests;
