//! What items and operands of counties are called in findings: by their titles, with their ids behind.

use std::borrow::Borrow;

use crate::{
    finding::Term,
    standard::{Item, Standard},
};

/// An operand by its title in the first of the standards that gives one, `规划布局合理（G1.declared_met）`; one of national monitoring by the
/// title of its item; else by its ids alone.
#[must_use]
pub fn operand_term<S: Borrow<Standard>>(standards: &[S], item: &str, operand: &str) -> Term {
    let (rules, id) = (items(standards, item), format!("{item}.{operand}"));
    let listed = rules.iter().filter_map(|rule| rule.operand_rule(operand)).find(|rule| !rule.title.is_empty());
    if let Some(rule) = listed {
        return titled(Some((&rule.title, &rule.title_en)), &id);
    }
    sentence(rules.into_iter().find(|rule| rule.operand(operand).is_some()), &id)
}

/// An operand by its title in a standard of the nation, for who does not know which standards judge the county.
#[must_use]
pub fn national_operand(item: &str, operand: &str) -> Term {
    operand_term(Standard::national().unwrap_or_default(), item, operand)
}

/// An item by its title in the first of the standards that has it, else by its id alone.
pub(super) fn item_term(standards: &[&Standard], item: &str) -> Term {
    sentence(items(standards, item).into_iter().next(), item)
}

/// The item as each of the standards has it.
fn items<'a, S: Borrow<Standard>>(standards: &'a [S], item: &str) -> Vec<&'a Item> {
    standards.iter().filter_map(|standard| standard.borrow().item(item)).collect()
}

/// The title of an item, which is a sentence, with an id behind.
fn sentence(item: Option<&Item>, id: &str) -> Term {
    let quoted = |text: &String| if text.is_empty() { String::new() } else { format!("“{text}”") };
    let titles = item.map(|item| (quoted(&item.title), quoted(&item.title_en)));
    titled(titles.as_ref().map(|(zh, en)| (zh, en)), id)
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

        let named = |id: &str| Term::new(format!("“{}”（{id}）", item.title), format!("“{}” ({id})", item.title_en));
        assert_eq!((subject, whole), (named("Q9.mathematics.level"), named("Q9")));
    }
}
