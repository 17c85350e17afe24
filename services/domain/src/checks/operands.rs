//! What items and operands of counties are called in findings: by their titles, with their ids behind.

use std::borrow::Borrow;

use crate::{finding::Term, standard::Standard};

/// An operand by its title in the first of the standards that gives one, `规划布局合理（G1.declared_met）`; one of national monitoring by the
/// title of its item; else by its ids alone.
#[must_use]
pub fn operand_term<S: Borrow<Standard>>(standards: &[S], item: &str, operand: &str) -> Term {
    let rules = || standards.iter().filter_map(|standard| standard.borrow().item(item));
    let listed = rules().filter_map(|rule| rule.operand_rule(operand)).map(|rule| (&rule.title, &rule.title_en));
    let open = rules().filter(|rule| rule.operand(operand).is_some()).map(|rule| (&rule.title, &rule.title_en));
    let titles = listed.chain(open).find(|(title, _)| !title.is_empty());
    titled(titles, &format!("{item}.{operand}"))
}

/// An operand by its title in a standard of the nation, for who does not know which standards judge the county.
#[must_use]
pub fn national_operand(item: &str, operand: &str) -> Term {
    operand_term(Standard::national().unwrap_or_default(), item, operand)
}

/// An item by its title in the first of the standards that gives one, else by its id alone.
pub(super) fn item_term(standards: &[&Standard], item: &str) -> Term {
    let rules = standards.iter().filter_map(|standard| standard.item(item));
    titled(rules.map(|rule| (&rule.title, &rule.title_en)).find(|(title, _)| !title.is_empty()), item)
}

/// Titles in Chinese and English with an id behind; English may have none.
pub(super) fn titled(titles: Option<(&String, &String)>, id: &str) -> Term {
    let Some((zh, en)) = titles.filter(|(zh, _)| !zh.is_empty()) else { return id.into() };
    let en = if en.is_empty() { id.to_owned() } else { format!("{en} ({id})") };
    Term::new(format!("{zh}（{id}）"), en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operand_is_called_by_its_title_with_its_ids_behind() {
        assert_eq!(
            national_operand("G1", "declared_met"),
            Term::new("规划布局合理（G1.declared_met）", "Schools are well planned and located (G1.declared_met)")
        );
        assert_eq!(national_operand("G1", "other"), Term::from("G1.other"));
        assert_eq!(national_operand("G99", "other"), Term::from("G99.other"));
    }

    #[test]
    fn an_operand_of_monitoring_is_called_by_its_item() {
        let standards: Vec<&Standard> = Standard::national().unwrap().iter().map(Borrow::borrow).collect();
        let item = standards.iter().find_map(|standard| standard.item("Q9")).unwrap();

        let (subject, whole) = (operand_term(&standards, "Q9", "mathematics.level"), item_term(&standards, "Q9"));

        let named = |id: &str| Term::new(format!("{}（{id}）", item.title), format!("{} ({id})", item.title_en));
        assert_eq!((subject, whole), (named("Q9.mathematics.level"), named("Q9")));
    }
}
