//! The guide: what the workbook is for, by which it is recognised, and how to fill it in.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{Formats, GUIDE, ITEMS, LAST, SCHOOLS, Template, VERSION};

/// Label of the county's code.
pub(in super::super) const COUNTY_LABEL: &str = "行政区划代码";
/// Label of the month.
pub(in super::super) const MONTH_LABEL: &str = "月份";
/// Label of the county's name.
pub(in super::super) const NAME_LABEL: &str = "县（市、区）";
/// Label of the layout's version.
const VERSION_LABEL: &str = "模板版本";

/// Width of the column of what is told.
const TOLD: f64 = 90.0;

pub(in super::super) fn write(sheet: &mut Worksheet, formats: &Formats, template: &Template) -> Result<(), XlsxError> {
    sheet.set_name(GUIDE)?.set_column_width(0, 16)?.set_column_width(1, TOLD)?;
    let day = template.month.first_day();
    let title = format!("{}{}年{}月报送表", template.county_name, day.year(), day.month());
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    let standards: Vec<_> = template.standards.iter().map(|standard| standard.title.as_str()).collect();
    let facts = [
        (COUNTY_LABEL, template.county.to_string()),
        (NAME_LABEL, template.county_name.clone()),
        (MONTH_LABEL, template.month.to_string()),
        (VERSION_LABEL, VERSION.to_string()),
        ("评估标准", standards.join("；")),
    ];
    let mut row = 2;
    for (label, value) in facts {
        sheet.write_string_with_format(row, 0, label, &formats.given)?;
        sheet.write_string_with_format(row, 1, value, &formats.given)?;
        row += 1;
    }
    row += 1;
    let how = [
        format!("“{SCHOOLS}”：该月在办的已登记学校各一行，填写白色单元格；灰色单元格是该办学类型没有的学段，不填。"),
        "没有数据的单元格留空，按缺失处理；确实没有的（如没有骨干教师）填 0。空白和 0 含义不同。".to_owned(),
        "人数、班数、台数、间数填整数；面积、金额填数字，最多两位小数，不带单位和千分位逗号。教学仪器设备资产值填元，不填万元。".to_owned(),
        "学校有增减、更名、改变类型的，先登记学校，再重新取模板；不要在表中改动学校标识码。".to_owned(),
        format!("“{ITEMS}”：由学校数据计算的指标项不在表中。是或否从下拉列表选择；日期写作 2024-12-29；等级填Ⅰ至Ⅳ。"),
        "国家义务教育质量监测（Q9）只填国家反馈了结果的学科，等级和差异率都要填；其他学科的行留空。".to_owned(),
        "声明须写明声明日期、声明人和依据。十二个月内报过且没有变化的指标项可以留空；更正本月已报数据时须一并重填。".to_owned(),
        format!("“{LAST}”与“上次填报值”只供对照，不会被读取。"),
        "预填的行和表头受保护，不能删除、排序；确需调整的，可撤销工作表保护（没有密码）后整行进行。不要改动表头，不要合并单元格，不要另设密码；可以增减无关的工作表。公式按其结果读取。".to_owned(),
        "保存为 .xlsx 后报送；也可以先用 junheng check 检查，或以“只校验”方式提交。".to_owned(),
    ];
    for (number, text) in (1..).zip(how) {
        super::fit(sheet, row, [(text.as_str(), TOLD)])?;
        sheet.write_string_with_format(row, 0, format!("{number}"), &formats.told)?;
        sheet.write_string_with_format(row, 1, text, &formats.told)?;
        row += 1;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer(super::PAGES);
    Ok(())
}
