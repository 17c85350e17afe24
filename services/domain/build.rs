//! Makes the rules of `checks/rules.toml` into code, so that a finding without a rule, or a text with an empty place, does not compile.

use std::{collections::BTreeSet, env, error::Error, fmt::Write as _, fs, path::PathBuf};

use toml::{Table, Value};

const CATALOGUE: &str = "checks/rules.toml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={CATALOGUE}");
    println!("cargo:rerun-if-changed=build.rs");
    let catalogue: Table = fs::read_to_string(CATALOGUE)?.parse()?;
    let entries = catalogue.get("rules").and_then(Value::as_array).ok_or("no rules")?;
    let mut code = Code::default();
    for entry in entries {
        code.add(entry.as_table().ok_or("a rule is no table")?)?;
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("rules.rs"), code.finish())?;
    Ok(())
}

/// The code under way.
#[derive(Default)]
struct Code {
    ids: Vec<String>,
    rules: String,
    variants: String,
    arms: String,
    cases: String,
    case_count: usize,
    parameters: String,
    parameter_rules: String,
    parameter_count: usize,
}

impl Code {
    fn add(&mut self, entry: &Table) -> Result<(), Box<dyn Error>> {
        let id = text(entry, "id")?;
        let case = entry.get("case").and_then(Value::as_str);
        if case.is_none() {
            self.rule(id, entry)?;
        }
        let rule =
            self.ids.iter().position(|known| known == id).ok_or_else(|| format!("{id}: a case before its rule"))?;
        let texts = [pair(entry, "message")?, pair_or_empty(entry, "allowed")?, pair(entry, "remedy")?];
        let mut places = BTreeSet::new();
        for [zh, en] in texts {
            let of = placeholders(zh)?;
            if of != placeholders(en)? {
                return Err(format!("{id}: the placeholders of “{zh}” and “{en}” differ").into());
            }
            places.extend(of);
        }
        let name = camel(&format!("{id}_{}", case.unwrap_or_default()));
        let doc = case.map_or_else(|| format!("`{id}`"), |case| format!("`{id}`, {}", case.replace('_', " ")));
        let list = |each: fn(&str) -> String| places.iter().map(|place| each(place)).collect::<Vec<_>>().join(", ");
        let (fields, body) = if places.is_empty() {
            (String::new(), String::new())
        } else {
            let fields = list(|place| format!("#[doc = \"What stands for `{place}`.\"] {place}: Term"));
            (format!(" {{ {fields} }}"), format!(" {{ {} }}", list(ToOwned::to_owned)))
        };
        writeln!(self.variants, "    #[doc = {:?}]\n    {name}{fields},", format!("{doc}: {}", texts[0][1]))?;
        let arguments = list(|place| format!("({place:?}, {place})"));
        writeln!(self.arms, "            Self::{name}{body} => ({}, vec![{arguments}]),", self.case_count)?;
        let [message, allowed, remedy] = texts.map(code_of);
        writeln!(self.cases, "    Case {{ rule: {rule}, message: {message}, allowed: {allowed}, remedy: {remedy} }},")?;
        self.case_count += 1;
        Ok(())
    }

    fn rule(&mut self, id: &str, entry: &Table) -> Result<(), Box<dyn Error>> {
        if self.ids.iter().any(|known| known == id) {
            return Err(format!("{id}: a second rule of one id").into());
        }
        let severity = match text(entry, "severity")? {
            "error" => "Error",
            "warning" => "Warning",
            other => return Err(format!("{id}: no severity {other}").into()),
        };
        let title = code_of(pair(entry, "title")?);
        let over = entry.get("over").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let over: Vec<&str> = over.iter().filter_map(Value::as_str).collect();
        writeln!(
            self.rules,
            "    Rule {{ id: {id:?}, severity: Severity::{severity}, title: {title}, over: &{over:?} }},"
        )?;
        let rule = self.ids.len();
        self.ids.push(id.to_owned());
        let parameters = entry.get("parameters").and_then(Value::as_table);
        for (name, parameter) in parameters.into_iter().flatten() {
            self.parameter(id, rule, name, parameter)?;
        }
        Ok(())
    }

    fn parameter(&mut self, id: &str, rule: usize, name: &str, entry: &Value) -> Result<(), Box<dyn Error>> {
        let parts = entry.as_array().map(Vec::as_slice);
        let Some([Value::String(default), Value::String(zh), Value::String(en)]) = parts else {
            return Err(format!("{id}: {name} is not a decimal and two titles").into());
        };
        let (whole, fraction) = default.split_once('.').unwrap_or((default, ""));
        let millionths: i64 = format!("{whole}{fraction:0<6}").parse()?;
        let variant = camel(&format!("{id}_{name}"));
        writeln!(self.parameters, "    #[doc = {:?}]\n    {variant},", format!("`{name}` of `{id}`: {en}."))?;
        let title = code_of([zh, en]);
        writeln!(
            self.parameter_rules,
            "    ParameterRule {{ parameter: Parameter::{variant}, rule: {rule}, name: {name:?}, title: {title}, default: {} }},",
            separated(millionths)
        )?;
        self.parameter_count += 1;
        Ok(())
    }

    fn finish(self) -> String {
        let Self { ids, rules, variants, arms, cases, case_count, parameters, parameter_rules, parameter_count } = self;
        format!(
            "/// What can be found: a rule that is broken in one of its ways, with what its texts name.\n\
             #[derive(Debug, Clone, PartialEq, Eq)]\npub enum Fault {{\n{variants}}}\n\n\
             impl Fault {{\n    #[expect(clippy::too_many_lines, reason = \"an arm for each fault\")]\n    fn parts(self) -> (usize, Vec<(&'static str, Term)>) {{\n        match self {{\n{arms}        }}\n    }}\n}}\n\n\
             static RULES: [Rule; {}] = [\n{rules}];\n\nstatic CASES: [Case; {case_count}] = [\n{cases}];\n\n\
             /// Limits of the rules that a province may set.\n\
             #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]\npub enum Parameter {{\n{parameters}}}\n\n\
             static PARAMETERS: [ParameterRule; {parameter_count}] = [\n{parameter_rules}];\n",
            ids.len()
        )
    }
}

fn text<'a>(entry: &'a Table, key: &str) -> Result<&'a str, String> {
    entry.get(key).and_then(Value::as_str).ok_or_else(|| format!("{entry}: no {key}"))
}

/// The Chinese and the English text of a key.
fn pair<'a>(entry: &'a Table, key: &str) -> Result<[&'a str; 2], String> {
    let both = entry.get(key).and_then(Value::as_array).map(Vec::as_slice);
    match both {
        Some([Value::String(zh), Value::String(en)]) if !zh.is_empty() && !en.is_empty() => Ok([zh, en]),
        _ => Err(format!("{entry}: {key} is not a Chinese and an English text")),
    }
}

fn pair_or_empty<'a>(entry: &'a Table, key: &str) -> Result<[&'a str; 2], String> {
    if entry.contains_key(key) { pair(entry, key) } else { Ok(["", ""]) }
}

fn placeholders(text: &str) -> Result<BTreeSet<String>, String> {
    let mut parts = text.split('{');
    if parts.next().is_some_and(|before| before.contains('}')) {
        return Err(format!("“{text}”: a brace too many"));
    }
    parts
        .map(|part| {
            let (name, rest) = part.split_once('}').ok_or_else(|| format!("“{text}”: a brace is not closed"))?;
            let fine = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if fine && !rest.contains('}') { Ok(name.to_owned()) } else { Err(format!("“{text}”: no name {name}")) }
        })
        .collect()
}

fn code_of([zh, en]: [&str; 2]) -> String {
    format!("Text {{ zh: {zh:?}, en: {en:?} }}")
}

fn camel(id: &str) -> String {
    let mut name = String::new();
    for word in id.split('_') {
        let (first, rest) = word.split_at(word.len().min(1));
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

/// A number with its thousands apart.
fn separated(number: i64) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push('_');
        }
        written.push(digit);
    }
    written
}
