//! Plain checks that data must pass before anything is judged on it. They find all faults at once.

mod empty;
mod evidence;
mod history;
mod items;
mod limits;
mod operands;
mod plausible;
mod registry;
mod schools;
mod values;

pub use empty::check_empty;
pub use evidence::{check_declaration_days, check_evidence};
pub use history::{contradicts, held_elsewhere, no_county};
pub use items::{ItemRow, check_items};
pub use limits::{Limits, LimitsDocument, LimitsFault};
pub use operands::{national_operand, operand_term};
pub use plausible::{PREVIOUS_MONTHS_AT_MOST, Previous, check_plausibility};
pub use registry::{SchoolRow, check_school_rows};
pub use schools::{FactsRow, Registry, check_facts};
pub use values::{MAX_COUNT, count_value, double_value, text_value};
