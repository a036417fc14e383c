//! `vestibule openapi` and `vestibule configuration-manual`: documents that are checked in.

use std::fmt::Write as _;

use crate::{
    app,
    config::{Config, Environment, source::PREFIX},
    flow::{account::account_form, port, provider::attributes},
    http::{document, router},
};

/// Prints the OpenAPI document with the providers of the plugins directory. Opens no database.
///
/// # Errors
/// If the directory cannot be read, or a plugin in it is refused: the document would lack it.
pub async fn openapi(config: &Config, environment: Environment) -> anyhow::Result<()> {
    let providers = app::providers(config, environment, port::none(), None).await?;
    let generation = providers.reload().await;
    if let Some(refused) = generation.refused.first() {
        anyhow::bail!("{}", refused.reason);
    }
    let live: Vec<_> = generation.live.values().cloned().collect();
    let base = router::base_document(&config.issuer());
    let document = document::extend(&base, &live, &account_form(&attributes(&live)), config.signup);
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

/// The manual of the configuration, in Markdown.
#[must_use]
pub fn configuration_manual() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         Made from the source by `cargo xtask gen`; do not edit.\n\n\
         One file, `vestibule.toml` in the working directory or the file named by `--config`; every key has a default. Above the file stand \
         environment variables (`VESTIBULE_` and the key in capitals), also from a `.env` file. `APP_SETTINGS` is `development` (default), `testing` or \
         `production`; tables of these names in the file hold settings for that mode alone. In production the gateway refuses to start with anything \
         unsafe, and names it.\n\n\
         Durations are a number with a unit: `ms`, `s`, `m`, `h`, `d`. Lists are arrays in the file and comma-separated in variables.\n\n\
         | key | variable | type | default |\n| --- | --- | --- | --- |\n",
    );
    for entry in Config::MANUAL {
        let production = entry.production.map(|value| format!(" (in production {})", shown(value))).unwrap_or_default();
        let _ = writeln!(
            text,
            "| [`{key}`](#{key}) | `{PREFIX}{variable}` | {kind} | {default}{production} |",
            key = entry.key,
            variable = entry.key.to_uppercase(),
            kind = entry.kind,
            default = shown(entry.default),
        );
    }
    for entry in Config::MANUAL {
        let _ = write!(text, "\n## {}\n\n{}\n", entry.key, entry.doc.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim());
    }
    text.push_str(
        "\n## Routes\n\nTables `[[routes]]` in the file put services behind the gateway; [reverse-proxy.md](reverse-proxy.md) has their keys. There are no \
         variables for them.\n",
    );
    text
}

fn shown(value: &str) -> String {
    if value.is_empty() { "empty".to_owned() } else { format!("`{value}`") }
}
