//! Splitting a school.

use crate::{
    element::Element,
    quantity::{Exact, Quantity, rounded},
    scenario::{
        Split,
        editor::{Editor, applies, largest},
    },
    school::{School, Stage},
};

/// Splits a new school off: it gets what is stated, a share of the rest, and what neither tells is missing in both.
pub(super) fn edit(change: &Split, editor: &mut Editor<'_>) {
    let new = &change.new.code;
    editor.vacant(new, "new_school.name");
    let Some(school) = editor.school(&change.school, "school_code") else { return };
    editor.put(change.new.clone());
    for element in Element::all() {
        let field = format!("facts.{}", element.id());
        let stated = change.facts.get(element);
        if largest(element) {
            editor.set(new, element, stated);
        } else if stated.is_none() && !applies(element, change.new.school_type) {
            editor.set(new, element, None);
        } else {
            let have = editor.value(&change.school, element);
            let share = change.share.filter(|_| element.definition().stage.is_none());
            let shared = || share.zip(have).and_then(|(share, have)| part(have, share, element));
            let amount = stated.or_else(shared);
            // The new school has nothing before, which is not missing.
            editor.set(new, element, Some(Quantity::ZERO));
            editor.transfer((&change.school, new), element, amount, &field);
        }
    }
    for stage in Stage::COMPULSORY {
        editor.close_classes_if_empty(&change.school, stage);
    }
    let school_type = change.remaining_type.unwrap_or(school.school_type);
    if school_type != school.school_type {
        editor.put(School { school_type, ..school.clone() });
    }
}

/// The share of an amount, rounded half up to what the element takes.
fn part(have: Quantity, share: Quantity, element: Element) -> Option<Quantity> {
    let decimals = element.definition().kind.decimals();
    let part = rounded(&(have.exact() * share.exact()), i32::try_from(decimals).ok()?);
    let millionths = part * Exact::from_integer(1_000_000.into());
    i64::try_from(millionths.to_integer()).ok().and_then(Quantity::millionths)
}
