//! Moving teachers between schools.

use crate::{
    element::Element,
    finding::Fault,
    scenario::{MoveTeachers, editor::Editor},
};

/// Moves them, and of every part of the stage's teachers as many as are of it.
pub(super) fn edit(change: &MoveTeachers, editor: &mut Editor<'_>) {
    let schools = (editor.school(&change.from, "from"), editor.school(&change.to, "to"));
    let (Some(giving), Some(taking)) = schools else { return };
    editor.differ(&change.from, &change.to, "to");
    editor.teaches(giving, change.stage, "from");
    editor.teaches(taking, change.stage, "to");
    let Some(whole) = Element::of_stage("teachers", change.stage) else { return };
    let between = (&change.from, &change.to);
    editor.transfer(between, whole, Some(change.teachers), "teachers");
    for part in whole.parts() {
        let stated = change.of_them.iter().find(|(element, _)| *element == part).map(|(_, number)| *number);
        let field = field_of(part, change);
        if let Some(number) = stated.filter(|number| *number > change.teachers) {
            let (value, limit) = (number.into(), change.teachers.into());
            let finding = editor.fault(&field, Fault::PartWithinWholeMoved { part: part.into(), value, limit });
            finding.element = Some(part.id().to_owned());
            finding.found = number.to_string();
        } else {
            editor.transfer(between, part, stated, &field);
        }
    }
}

/// The field of a part: `teachers_above_degree_primary` → `above_degree`, `backbone_teachers_primary` → `backbone`.
fn field_of(part: Element, change: &MoveTeachers) -> String {
    let stage = format!("_{}", change.stage.id());
    let id = part.id().strip_suffix(&stage).unwrap_or(part.id());
    id.strip_prefix("teachers_").or_else(|| id.strip_suffix("_teachers")).unwrap_or(id).to_owned()
}
