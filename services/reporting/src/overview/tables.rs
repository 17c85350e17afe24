//! Overviews and comparisons as tables.

use jiff::{Timestamp, tz::Offset};
use junheng_domain::{inflow::Standing, school::Stage, verdict::Verdict};

use super::{Counts, County, Gap, Heat, Overview, RankBy, Targets, Undecided};
use crate::{
    report::words,
    table::{About, Cell, Shows, Table},
};

impl Overview {
    /// What a workbook of its tables is about.
    #[must_use]
    pub fn about(&self, what: &str) -> About {
        let month = words::month(&self.month.to_string());
        let at = words::instant(&junheng_wire::time::encode(self.at)).unwrap_or_default();
        About {
            title: format!("{}{month}{what}", self.region.name),
            facts: vec![
                format!("评估月份：{month}"),
                format!("评估标准：{}（{}）", self.standard.title, self.standard.id),
                format!("范围：{}个县（市、区）", self.counties.len()),
                format!("数据截止：{at}"),
            ],
            note: crate::report::notes(self),
        }
    }

    /// The tables of an overview: `counties`, `ranking`, `variations`, `means`, `inflow`, `children`, `targets`.
    #[must_use]
    pub fn tables(&self, targets: &Targets) -> Vec<Table> {
        vec![
            self.counties_table("counties", "各县结论").in_unit("评估单元、差异系数为个"),
            self.ranking_table(),
            self.variations_table().in_unit("差异系数无单位"),
            self.means_table().in_unit("见各列标题"),
            self.inflow_table(),
            self.children_table().in_unit("个"),
            self.targets_table(targets).in_unit("个"),
        ]
    }

    /// The tables of a comparison: `comparison`, `figures`.
    #[must_use]
    pub fn comparison_tables(&self) -> Vec<Table> {
        vec![self.counties_table("comparison", "各县结论").in_unit("评估单元、差异系数为个"), self.figures_table()]
    }

    fn counties_table(&self, id: &'static str, title: &'static str) -> Table {
        let mut table =
            Table::new(id, title, &[("区划代码", Shows::Text), ("县（市、区）", Shows::Text), ("结论", Shows::Text)]);
        for part in &self.standard.parts {
            table.column(part.title.clone(), Shows::Text);
        }
        for (title, shows) in [
            ("评估单元", Shows::Whole),
            ("达标单元", Shows::Whole),
            ("不达标单元", Shows::Whole),
            ("待定单元", Shows::Whole),
            ("单元达标率", Shows::Percent),
            ("差异系数超限数", Shows::Whole),
            ("不达标指标", Shows::Text),
            ("待定指标", Shows::Text),
            ("最近一次评估", Shows::Text),
            ("比上月", Shows::Text),
            ("说明", Shows::Text),
        ] {
            table.column(title, shows);
        }
        for county in &self.counties {
            let mut row = head(county);
            if let Some(judged) = &county.judged {
                row.push(judged.verdict.title().into());
                row.extend(self.standard.parts.iter().map(|part| {
                    let found = judged.parts.iter().find(|one| one.id == part.id);
                    Cell::from(found.map(|part| super::change::of_part(&part.id, part.verdict)))
                }));
                let share = judged.share();
                row.push(judged.stages.iter().map(|stage| stage.units).sum::<u32>().into());
                row.push(share.map(|share| share.met).into());
                row.push(share.map(|_| judged.not_met_units()).into());
                row.push(share.map(|_| judged.open_units()).into());
                row.push(share.map(super::Share::to_f64).into());
                // What is not known is no number.
                row.push(match judged.open_spreads() {
                    0 => u32::try_from(judged.exceeded()).unwrap_or(u32::MAX).into(),
                    _ => judged.exceeded_told().into(),
                });
                row.push(judged.not_met_items.join("、").into());
                row.push(judged.undetermined_items.join("、").into());
                row.push(judged.month.into());
            } else {
                row.push(county.gap().into());
                row.extend(vec![Cell::Empty; self.standard.parts.len() + 8]);
                row.push(county.last.as_ref().map(|last| last.month).into());
            }
            row.push(self.change(county));
            row.push(county.note.clone().into());
            table.rows.push(row);
        }
        table
    }

    fn change(&self, county: &County) -> Cell {
        match county.changes() {
            None => Cell::Empty,
            Some(changes) if changes.nothing() => "无变化".into(),
            Some(changes) => {
                let (before, after) = changes.verdict;
                let verdict = (before != after).then(|| format!("结论由{}变为{}", before.title(), after.title()));
                verdict.into_iter().chain(changes.reasons(self)).collect::<Vec<_>>().join("；").into()
            }
        }
    }

    fn ranking_table(&self) -> Table {
        let columns = [
            ("排名依据", Shows::Text),
            ("名次", Shows::Whole),
            ("区划代码", Shows::Text),
            ("县（市、区）", Shows::Text),
            ("单元达标率", Shows::Percent),
            ("差异系数与限值之比", Shows::Variation),
            ("差异系数", Shows::Variation),
            ("限值", Shows::Value),
            ("学段和指标", Shows::Text),
            ("未排名的原因", Shows::Text),
        ];
        let mut table = Table::new("ranking", "排名", &columns);
        for by in [RankBy::MetShare, RankBy::Line] {
            for ranked in self.ranking(by) {
                let judged = ranked.county.judged.as_ref();
                let line = judged.and_then(super::Judged::line);
                let which = line.as_ref().map(|line| {
                    format!("{}{}{}", line.stage.title(), line.indicator, self.indicator_title(&line.indicator))
                });
                let [code, name] = place(ranked.county);
                table.rows.push(vec![
                    by.title().into(),
                    ranked.rank.ok().into(),
                    code,
                    name,
                    judged.and_then(super::Judged::share).map(super::Share::to_f64).into(),
                    line.as_ref().map(|line| line.ratio).into(),
                    line.as_ref().map(|line| line.variation).into(),
                    line.as_ref().map(|line| line.limit).into(),
                    which.into(),
                    ranked.rank.err().map(Undecided::title).into(),
                ]);
            }
        }
        table
    }

    fn variations_table(&self) -> Table {
        let matrix = self.matrix();
        let mut table = Table::new("variations", "差异系数", &PLACE);
        for column in &matrix.columns {
            let limit = column.limit.map(|limit| format!("（限值{limit}）")).unwrap_or_default();
            table.column(format!("{}{}{}{limit}", column.stage.title(), column.id, column.title), Shows::Variation);
        }
        for row in &matrix.rows {
            let cells = row.cells.iter().map(|cell| match cell {
                Heat::Value { variation, .. } => Cell::from(*variation),
                Heat::Gap(gap) => Cell::from(*gap),
            });
            table.rows.push(place(row.county).into_iter().chain(cells).collect());
        }
        table
    }

    fn means_table(&self) -> Table {
        let mut table = Table::new("means", "县均值", &PLACE);
        let resources = &self.standard.resources;
        let columns: Vec<_> = self
            .stages()
            .into_iter()
            .flat_map(|stage| {
                let own = resources.indicators.iter().filter(move |one| one.stages.contains_key(&stage));
                own.map(move |indicator| (stage, indicator))
            })
            .collect();
        for (stage, indicator) in &columns {
            let title = format!("{}{}{}（{}）", stage.title(), indicator.id, indicator.title, indicator.unit);
            table.column(title, Shows::Value);
        }
        for county in &self.counties {
            let cells = columns.iter().map(|(stage, indicator)| Cell::from(mean(county, *stage, &indicator.id)));
            table.rows.push(place(county).into_iter().chain(cells).collect());
        }
        table
    }

    fn inflow_table(&self) -> Table {
        let mut table = Table::new("inflow", "报送情况", &PLACE);
        for title in ["报送", "截止日", "首次接收（北京时间）", "现行版接收（北京时间）"] {
            table.column(title, Shows::Text);
        }
        table.column("版次", Shows::Whole);
        table.column("最近一次评估", Shows::Text);
        for county in &self.counties {
            let inflow = &county.inflow;
            let [code, name] = place(county);
            table.rows.push(vec![
                code,
                name,
                standing_title(inflow.standing).into(),
                inflow.due_on.into(),
                inflow.first_accepted.into(),
                inflow.last_accepted.filter(|_| inflow.revision.is_some()).into(),
                inflow.revision.into(),
                county.judged.as_ref().or(county.last.as_ref()).map(|judged| judged.month).into(),
            ]);
        }
        table
    }

    fn children_table(&self) -> Table {
        let columns = [
            ("区划代码", Shows::Text),
            ("名称", Shows::Text),
            ("县数", Shows::Whole),
            ("已报送", Shows::Whole),
            ("迟报", Shows::Whole),
            ("逾期未报", Shows::Whole),
            ("已评估", Shows::Whole),
            ("达标", Shows::Whole),
            ("不达标", Shows::Whole),
            ("待定", Shows::Whole),
            ("评估单元", Shows::Whole),
            ("达标单元", Shows::Whole),
            ("不达标单元", Shows::Whole),
            ("待定单元", Shows::Whole),
            ("单元达标率", Shows::Percent),
        ];
        let mut table = Table::new("children", "下级汇总", &columns);
        let own = (&self.region, self.counts());
        for (child, counts) in self.children_counts().into_iter().chain([own]) {
            let Counts { counties, reported, late, overdue, evaluated, met, not_met, undetermined, .. } = counts;
            let (units, met_units) = (counts.units, counts.met_units);
            let mut row: Vec<Cell> = vec![
                child.code.as_ref().map(ToString::to_string).into(),
                if child == own.0 { format!("{}合计", child.name).into() } else { child.name.clone().into() },
            ];
            row.extend([counties, reported, late, overdue, evaluated, met, not_met, undetermined].map(Cell::from));
            row.extend([units, met_units, counts.not_met_units(), counts.open_units].map(Cell::from));
            row.push((units > 0).then(|| f64::from(met_units) / f64::from(units)).into());
            table.rows.push(row);
        }
        table
    }

    /// How far the counties are from the target of each year.
    fn targets_table(&self, targets: &Targets) -> Table {
        let columns = [
            ("年底", Shows::Text),
            ("达标县占比", Shows::Percent),
            ("达标县", Shows::Whole),
            ("本月达标县", Shows::Whole),
            ("还差", Shows::Whole),
            ("依据", Shows::Text),
        ];
        let mut table = Table::new("targets", "各年度目标", &columns);
        for progress in targets.iter().filter_map(|target| self.progress_to(target)) {
            table.rows.push(vec![
                progress.target.year.to_string().into(),
                (f64::from(progress.target.share_basis_points) / 10_000.0).into(),
                progress.wanted.into(),
                progress.met.into(),
                progress.short().into(),
                targets.source().into(),
            ]);
        }
        table
    }

    fn figures_table(&self) -> Table {
        let columns = [("学段", Shows::Text), ("指标", Shows::Text), ("名称", Shows::Text), ("限值", Shows::Value)];
        let mut table = Table::new("figures", "均值和差异系数", &columns);
        for county in &self.counties {
            for (title, shows) in [
                ("均值", Shows::Value),
                ("均值名次", Shows::Whole),
                ("差异系数", Shows::Variation),
                ("差异系数名次", Shows::Whole),
                ("差异系数结论", Shows::Text),
            ] {
                table.column(format!("{}{title}", county.name), shows);
            }
        }
        for figure in self.figures() {
            let column = figure.column;
            let mut row: Vec<Cell> =
                vec![column.stage.title().into(), column.id.into(), column.title.into(), column.limit.into()];
            for cell in figure.cells {
                row.extend([
                    cell.mean.into(),
                    cell.mean_rank.into(),
                    cell.variation.into(),
                    cell.variation_rank.into(),
                    cell.verdict.map(Verdict::title).into(),
                ]);
            }
            table.rows.push(row);
        }
        table
    }
}

impl RankBy {
    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MetShare => "单元达标率",
            Self::Line => "与差异系数限值的距离",
        }
    }
}

impl Undecided {
    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Gap(gap) => gap.title(),
            Self::Open => "数据不全或标准不作此项评估",
        }
    }
}

/// How a county stands, in Chinese.
#[must_use]
pub const fn standing_title(standing: Standing) -> &'static str {
    match standing {
        Standing::OnTime => "按时",
        Standing::Late => "迟报",
        Standing::Held => "待确认",
        Standing::RefusedOnly => "仅有退回",
        Standing::Missing => "缺报",
        Standing::Awaited => "未到期",
        Standing::NotBegun => "未开始",
    }
}

/// How one school became another, in Chinese.
#[must_use]
pub const fn link_title(kind: junheng_domain::history::LinkKind) -> &'static str {
    match kind {
        junheng_domain::history::LinkKind::Moved => "划转",
        junheng_domain::history::LinkKind::Split => "分立",
        junheng_domain::history::LinkKind::Merged => "并入",
    }
}

/// An instant in Beijing time, as Excel reads it.
pub(crate) fn local(instant: Timestamp) -> String {
    Offset::constant(8).to_datetime(instant).strftime("%Y-%m-%d %H:%M").to_string()
}

const PLACE: [(&str, Shows); 2] = [("区划代码", Shows::Text), ("县（市、区）", Shows::Text)];

fn place(county: &County) -> [Cell; 2] {
    [county.code.to_string().into(), county.name.clone().into()]
}

fn head(county: &County) -> Vec<Cell> {
    place(county).into()
}

fn mean(county: &County, stage: Stage, indicator: &str) -> Result<f64, Gap> {
    let judged = county.judged.as_ref().ok_or_else(|| county.gap())?;
    let of_stage = judged.stage(stage).ok_or(Gap::NoUnits)?;
    let spread = of_stage.spreads.iter().find(|spread| spread.id == indicator);
    spread.and_then(|spread| spread.mean).ok_or(Gap::Undetermined)
}
