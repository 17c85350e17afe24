//! What a county fails by, and what leaves it open, part by part, in words.

use junheng_domain::{standard::Standard, verdict::Verdict};

use super::{Judged, PartVerdict, VETOES};
use crate::report::words;

impl Judged {
    /// Whether a veto is triggered.
    #[must_use]
    pub fn vetoed(&self) -> bool {
        self.parts.iter().any(|part| part.id == VETOES && part.verdict == Verdict::NotMet)
    }

    /// The parts that are not met, in Chinese, a clause each, with what each fails by: vetoes first, by their titles
    /// (一票否决：违规择校（V2）), resources by what is short (资源配置：3个单元、4项系数), others by their items (教育质量：Q3、Q4).
    #[must_use]
    pub fn failings(&self, standard: &Standard) -> Vec<String> {
        let failed = self.parts.iter().filter(|part| part.verdict == Verdict::NotMet);
        let (vetoes, others): (Vec<&PartVerdict>, Vec<_>) = failed.partition(|part| part.id == VETOES);
        vetoes.into_iter().chain(others).map(|part| self.failing(part, standard)).collect()
    }

    /// What keeps the county from being met: what it fails by; where that is nothing, what leaves it open. Empty where it is met.
    #[must_use]
    pub fn obstacles(&self, standard: &Standard) -> String {
        let open = || {
            let open = self.parts.iter().filter(|part| part.verdict == Verdict::Undetermined);
            open.map(|part| self.open(part, standard)).collect::<Vec<_>>().join("；")
        };
        match self.verdict {
            Verdict::Met => String::new(),
            Verdict::NotMet => self.failings(standard).join("；"),
            Verdict::Undetermined => open(),
        }
    }

    fn open(&self, part: &PartVerdict, standard: &Standard) -> String {
        let own = |id: &&String| standard.item(id).is_some_and(|item| item.part == part.id);
        let items: Vec<&str> = self.undetermined_items.iter().filter(own).map(String::as_str).collect();
        let mut told: Vec<String> = if items.is_empty() { vec![] } else { vec![words::ids(&items)] };
        if part.id == standard.resources.part {
            let (units, spreads) = (self.open_units(), self.open_spreads());
            told.extend((units > 0).then(|| format!("{units}个单元")));
            told.extend((spreads > 0).then(|| format!("{spreads}项系数")));
        }
        self::told(part, &told)
    }

    fn failing(&self, part: &PartVerdict, standard: &Standard) -> String {
        let own = |id: &&String| standard.item(id).is_some_and(|item| item.part == part.id);
        let items: Vec<&String> = self.not_met_items.iter().filter(own).collect();
        let mut told: Vec<String> = if part.id == VETOES {
            items.iter().filter_map(|id| Some(format!("{}（{id}）", standard.item(id)?.title))).collect()
        } else {
            items.into_iter().cloned().collect()
        };
        if part.id == standard.resources.part {
            let (units, spreads) = (self.not_met_units(), self.exceeded());
            told.extend((units > 0).then(|| format!("{units}个单元")));
            told.extend((spreads > 0).then(|| format!("{spreads}项系数")));
            let open = self.open_units();
            told.extend((open > 0).then(|| format!("另有{open}个单元待定")));
        }
        self::told(part, &told)
    }
}

fn told(part: &PartVerdict, what: &[String]) -> String {
    if what.is_empty() { part.title.clone() } else { format!("{}：{}", part.title, what.join("、")) }
}
