//! Opening and closing schools.

use crate::{
    element::Element,
    finding::Fault,
    quantity::Quantity,
    scenario::{
        Close, Open,
        editor::{Editor, pupils_of},
    },
    school::Stage,
};

/// Opens a school with what it reports.
pub(super) fn open(change: &Open, editor: &mut Editor<'_>) {
    let code = &change.school.code;
    editor.vacant(code, "school.name");
    editor.put(change.school.clone());
    for element in Element::all() {
        editor.set(code, element, change.facts.get(element));
    }
}

/// Closes a school; its pupils of compulsory stages go where it is stated, all of them.
pub(super) fn close(change: &Close, editor: &mut Editor<'_>) {
    let closing = editor.school(&change.school, "school_code");
    for (index, group) in change.pupils.iter().enumerate() {
        let Some(to) = &group.to else { continue };
        let field = format!("pupils[{index}].school_code");
        editor.differ(&change.school, to, &field);
        let Some(taking) = editor.school(to, &field) else { continue };
        editor.teaches(taking, group.stage, &field);
        if let Some(element) = pupils_of(group.stage) {
            editor.add(to, element, group.pupils, &format!("pupils[{index}].pupils"));
        }
    }
    let Some(closing) = closing else { return };
    for stage in Stage::COMPULSORY {
        let Some(element) = pupils_of(stage) else { continue };
        let groups = change.pupils.iter().filter(|group| group.stage == stage).map(|group| group.pupils);
        let Some(stated) = editor.sum(element, groups, "pupils") else { continue };
        if stated > Quantity::ZERO {
            editor.teaches(closing, stage, "pupils");
        }
        let Some(have) = editor.value(&change.school, element).filter(|have| *have != stated) else { continue };
        let (school, element_term) = ((&closing.code).into(), element.into());
        let fault = Fault::PupilsAccounted { school, element: element_term, have: have.into(), stated: stated.into() };
        let finding = editor.fault("pupils", fault);
        finding.school = Some(closing.code.to_string());
        finding.element = Some(element.id().to_owned());
        finding.found = stated.to_string();
    }
    editor.remove(change.school.clone());
}
