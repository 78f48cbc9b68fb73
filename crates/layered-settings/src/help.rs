//! The list of settings for `--help`.

/// Returns the variable and the default of each setting, and the first sentence of the comment above it.
#[must_use]
pub fn settings_help(defaults: &str) -> String {
    let heading = "Settings (environment variables; in a file the same names in lower case):\n";
    let (mut help, mut comment) = (heading.to_owned(), String::new());
    for line in defaults.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment.push_str(text);
            comment.push(' ');
            continue;
        }
        if let Some((key, default)) = line.split_once(" = ") {
            let sentence = comment.split_inclusive(". ").next().unwrap_or_default();
            let (key, default) = (key.to_uppercase(), default.trim_matches('"'));
            help.extend(["  ", &key, " [", default, "]\n      ", sentence.trim(), "\n"]);
        }
        comment.clear();
    }
    help
}
