//! Changes of enrolment. Classes stay as they were, except of a stage that has no pupils left.

use crate::{
    code::SchoolCode,
    quantity::Quantity,
    scenario::editor::{Editor, pupils_of},
    school::Stage,
};

/// Sets the pupils of a stage.
pub(super) fn set(code: &SchoolCode, stage: Stage, pupils: Option<Quantity>, editor: &mut Editor<'_>) {
    let Some(school) = editor.school(code, "school_code") else { return };
    editor.teaches(school, stage, "stage");
    if let Some(element) = pupils_of(stage) {
        editor.set(code, element, pupils);
        editor.close_classes_if_empty(code, stage);
    }
}

/// Moves pupils of a stage from school to school.
pub(super) fn move_pupils(from: &SchoolCode, to: &SchoolCode, stage: Stage, pupils: Quantity, editor: &mut Editor<'_>) {
    let schools = (editor.school(from, "from"), editor.school(to, "to"));
    let (Some(giving), Some(taking)) = schools else { return };
    editor.differ(from, to, "to");
    editor.teaches(giving, stage, "from");
    editor.teaches(taking, stage, "to");
    if let Some(element) = pupils_of(stage) {
        editor.transfer((from, to), element, Some(pupils), "pupils");
        editor.close_classes_if_empty(from, stage);
    }
}
