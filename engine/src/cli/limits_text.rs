//! Limits as a pipeline file has them.

use crate::guest::Limits;

/// The table of this name with every limit that holds, to be put into a pipeline file and changed.
pub(super) fn limits_text(table: &str, limits: &Limits) -> String {
    let differ = |profile: &Limits| {
        let fields = Limits::FIELDS.iter();
        fields.filter(|field| field.get(profile) != field.get(limits)).count()
    };
    let profiles = Limits::PROFILES.map(|(name, profile)| (name, profile()));
    let nearest = profiles.iter().min_by_key(|(_, profile)| differ(profile));
    let mut text = format!("[{table}]\n");
    if let Some((name, _)) = nearest {
        text.push_str(&format!("profile = \"{name}\"\n"));
    }
    for field in Limits::FIELDS {
        let value = field.get(limits);
        text.push_str(&format!("{} = {}", field.name, field.toml(value)));
        if let Some((name, profile)) = nearest
            && field.get(profile) != value
        {
            text.push_str(&format!("  # `{name}` has {}", field.text(field.get(profile))));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
#[path = "limits_text_test.rs"]
mod tests;
