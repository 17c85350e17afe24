//! The ladder. Each leaf of each source is tried on the defaults alone, so that every mistake is found and none hides another.

use std::ffi::OsString;
use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Profile, Provider};

use super::{Config, ConfigError, DEFAULTS, Problem, check, told};

const PREFIX: &str = "JUNHENG_";
/// Name the file, and what the program `junheng` calls services with: no keys.
const OTHER_VARIABLES: [&str; 6] =
    ["JUNHENG_CONFIG", "JUNHENG_TOKEN", "JUNHENG_TOKEN_FILE", "JUNHENG_CA", "JUNHENG_CERT", "JUNHENG_KEY"];

struct Setting {
    key: String,
    value: Value,
    source: String,
}

pub(super) fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    overrides: &[(String, String)],
) -> Result<Config, ConfigError> {
    let defaults = Figment::from(Toml::string(DEFAULTS));
    let known = table(&Toml::string(DEFAULTS)).map_err(|text| only("默认值", text))?;
    let mut problems = Vec::new();

    let mut settings = file.map(|file| from_file(file, &mut problems)).unwrap_or_default();
    settings.extend(from_environment(environment, &known, &mut problems));
    settings.extend(overrides.iter().map(|(key, raw)| Setting {
        value: parse(&known, key, raw),
        source: format!("参数 --set {key}"),
        key: key.clone(),
    }));

    problems.extend(settings.iter().filter_map(|setting| check_alone(setting, &known, &defaults)));
    if !problems.is_empty() {
        return Err(ConfigError::new(problems));
    }
    let source = |key: &str| {
        let last = settings.iter().rev().find(|setting| setting.key == key);
        last.map_or_else(|| "默认值".to_owned(), |setting| setting.source.clone())
    };
    let config: Config = settings
        .iter()
        .fold(defaults, |ladder, setting| ladder.merge((&setting.key, &setting.value)))
        .extract()
        .map_err(|error| only("默认值", told::text(&error.kind)))?;
    let problems: Vec<Problem> = check::together(&config)
        .into_iter()
        .map(|(key, text)| Problem { key: key.to_owned(), source: source(key), text: text.to_owned() })
        .collect();
    if problems.is_empty() { Ok(config) } else { Err(ConfigError::new(problems)) }
}

fn from_file(file: &Path, problems: &mut Vec<Problem>) -> Vec<Setting> {
    let source = format!("文件 {}", file.display());
    let read = std::fs::read_to_string(file).map_err(|error| format!("无法读取：{error}"));
    match read.and_then(|text| table(&Toml::string(&text))) {
        Ok(values) => {
            let mut settings = Vec::new();
            leaves("", values, &source, &mut settings);
            settings
        }
        Err(text) => {
            problems.push(Problem { key: String::new(), source, text });
            Vec::new()
        }
    }
}

fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    known: &Dict,
    problems: &mut Vec<Problem>,
) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (name, value) in environment {
        let name = name.to_string_lossy();
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if OTHER_VARIABLES.contains(&name.as_ref()) || names_service_link(path) {
            continue;
        }
        let key = path.to_lowercase().replace("__", ".");
        let source = format!("环境变量 {name}");
        match value.to_str() {
            Some(raw) => settings.push(Setting { value: parse(known, &key, raw), key, source }),
            None => problems.push(Problem { key, source, text: "不是有效的 UTF-8".to_owned() }),
        }
    }
    settings.sort_by(|one, other| one.key.cmp(&other.key));
    settings
}

/// Kubernetes gives every pod variables of every service, and `junheng-ingest` becomes `JUNHENG_INGEST_PORT_50051_TCP_ADDR`.
fn names_service_link(path: &str) -> bool {
    !path.contains("__")
        && (path.ends_with("_SERVICE_HOST")
            || path.contains("_SERVICE_PORT")
            || path.ends_with("_PORT")
            || path
                .split_once("_PORT_")
                .is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit())))
}

/// Text stays text where the default is text; elsewhere `64` is a number and `true` a truth.
fn parse(known: &Dict, key: &str, raw: &str) -> Value {
    match find(known, key) {
        Some(Value::String(..)) | None => Value::from(raw),
        Some(_) => raw.parse().unwrap_or_else(|never: std::convert::Infallible| match never {}),
    }
}

fn check_alone(setting: &Setting, known: &Dict, defaults: &Figment) -> Option<Problem> {
    let text = match find(known, &setting.key) {
        None => format!("没有这一项；{}", neighbours(known, &setting.key)),
        Some(Value::Dict(..)) => "是一组设置，不能直接给值".to_owned(),
        Some(_) => {
            let tried = defaults.clone().merge((&setting.key, &setting.value)).extract::<Config>();
            told::text(&tried.err()?.kind)
        }
    };
    Some(Problem { key: setting.key.clone(), source: setting.source.clone(), text })
}

fn neighbours(known: &Dict, key: &str) -> String {
    let parent = key.rsplit_once('.').map(|(parent, _)| parent);
    match parent.and_then(|parent| Some((parent, find(known, parent)?))) {
        Some((parent, Value::Dict(_, keys))) => {
            format!("`{parent}` 中有 {}", keys.keys().cloned().collect::<Vec<_>>().join("、"))
        }
        _ => format!("可以设置的有 {}", known.keys().cloned().collect::<Vec<_>>().join("、")),
    }
}

fn find<'a>(values: &'a Dict, key: &str) -> Option<&'a Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    match (values.get(first)?, rest) {
        (value, None) => Some(value),
        (Value::Dict(_, inner), Some(rest)) => find(inner, rest),
        _ => None,
    }
}

fn leaves(parent: &str, values: Dict, source: &str, settings: &mut Vec<Setting>) {
    for (name, value) in values {
        let key = if parent.is_empty() { name } else { format!("{parent}.{name}") };
        match value {
            Value::Dict(_, inner) if !inner.is_empty() => leaves(&key, inner, source, settings),
            value => settings.push(Setting { key, value, source: source.to_owned() }),
        }
    }
}

fn table(provider: &impl Provider) -> Result<Dict, String> {
    let mut profiles = provider.data().map_err(|error| format!("不是有效的 TOML：{}", error.to_string().trim()))?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

fn only(source: &str, text: String) -> ConfigError {
    ConfigError::new(vec![Problem { key: String::new(), source: source.to_owned(), text }])
}
