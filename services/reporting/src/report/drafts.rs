//! What gaps are called and what is proposed to close them: words in data (`drafts.toml`), figures from the evaluation.

use std::sync::LazyLock;

use serde::Deserialize;

/// The words on a gap of one indicator or item.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    rule: String,
    problem: String,
    measure: String,
}

#[derive(Debug, Default, Deserialize)]
struct Drafts {
    drafts: Vec<Draft>,
}

/// Empty only if the file that is compiled in could not be read; a test reads it.
static DRAFTS: LazyLock<Drafts> =
    LazyLock::new(|| toml::from_str(include_str!("../../drafts.toml")).unwrap_or_default());

/// What a gap of an indicator or item is called.
pub(super) fn problem(rule: &str, title: &str) -> String {
    find(rule).map_or_else(|| format!("“{title}”未达到要求"), |draft| draft.problem.clone())
}

/// What is proposed to close it.
pub(super) fn measure(rule: &str, title: &str) -> String {
    find(rule).map_or_else(|| format!("对照“{title}”的要求，逐项整改到位"), |draft| draft.measure.clone())
}

fn find(rule: &str) -> Option<&'static Draft> {
    DRAFTS.drafts.iter().find(|draft| draft.rule == rule)
}

#[cfg(test)]
mod tests {
    use junheng_domain::standard::Standard;

    use super::*;

    #[test]
    fn every_draft_is_on_a_rule_of_a_national_standard_and_none_twice() {
        let standards = Standard::national().unwrap();
        let known = |id: &str| {
            standards.iter().any(|standard| {
                standard.item(id).is_some() || standard.resources.indicators.iter().any(|indicator| indicator.id == id)
            })
        };
        let mut rules: Vec<&str> = DRAFTS.drafts.iter().map(|draft| draft.rule.as_str()).collect();

        assert!(rules.len() > 10);
        assert!(rules.iter().all(|rule| known(rule)));
        rules.sort_unstable();
        assert!(rules.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_rule_of_a_province_is_called_by_its_title() {
        assert_eq!(problem("LN1", "每百名学生拥有心理教师数"), "“每百名学生拥有心理教师数”未达到要求");
    }
}
