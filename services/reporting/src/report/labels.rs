//! The Chinese labels of elements and operands, and the units that they are counted in.
//!
//! The catalogue of elements is the same for all standards (教基 forms). An id that is not listed here is shown as it is.

/// The label of an element or operand, and its unit.
pub(super) fn operand(id: &str) -> (String, &'static str) {
    if let Some((label, unit)) = fixed(id) {
        return (label.to_owned(), unit);
    }
    for (suffix, stage) in [("_primary", "小学"), ("_junior", "初中"), ("_senior", "高中")] {
        if let Some((label, unit)) = id.strip_suffix(suffix).and_then(by_stage) {
            return (format!("{stage}{label}"), unit);
        }
    }
    if let Some(subject) = id.strip_suffix(".level") {
        return (format!("{}监测水平等级", self::subject(subject)), "级");
    }
    if let Some(subject) = id.strip_suffix(".difference_rate") {
        return (format!("{}校际差异率", self::subject(subject)), "");
    }
    (id.to_owned(), "")
}

fn by_stage(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "pupils" => ("在校生数", "人"),
        "classes" => ("班数", "个"),
        "largest_class" => ("最大班额", "人"),
        "teachers" => ("专任教师数", "人"),
        "teachers_above_degree" => ("高于规定学历教师数", "人"),
        "backbone_teachers" => ("县级及以上骨干教师数", "人"),
        "pe_arts_teachers" => ("体育、艺术专任教师数", "人"),
        "senior_title_teachers" => ("中级及以上专业技术职务教师数", "人"),
        _ => return None,
    })
}

fn subject(id: &str) -> &str {
    match id {
        "chinese" => "语文",
        "mathematics" | "math" | "maths" => "数学",
        "science" => "科学",
        "english" => "英语",
        "moral" | "moral_education" => "德育",
        "pe" | "physical_education" => "体育与健康",
        "arts" | "art" => "艺术",
        "labour" => "劳动",
        "mental_health" => "心理健康",
        other => other,
    }
}

fn fixed(id: &str) -> Option<(&'static str, &'static str)> {
    school(id).or_else(|| government(id)).or_else(|| quality(id))
}

fn school(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "teaching_area_m2" => ("教学及辅助用房面积", "平方米"),
        "indoor_sports_area_m2" => ("室内体育用房面积", "平方米"),
        "sports_ground_area_m2" => ("运动场地面积", "平方米"),
        "equipment_value_yuan" => ("教学仪器设备资产值", "元"),
        "multimedia_rooms" => ("网络多媒体教室数", "间"),
        "computers" => ("计算机台数", "台"),
        "books" => ("图书册数", "册"),
        "music_rooms_qualified" => ("达标音乐专用教室数", "间"),
        "art_rooms_qualified" => ("达标美术专用教室数", "间"),
        "public_funds_budget_yuan" => ("年度公用经费预算总额", "元"),
        "training_budget_yuan" => ("教师培训经费预算", "元"),
        _ => return None,
    })
}

fn government(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "declared_met" => ("申报结果", ""),
        "building_standard_unified" => ("学校建设标准统一", ""),
        "staffing_standard_unified" => ("教师编制标准统一", ""),
        "per_pupil_funds_unified" => ("生均公用经费基准定额统一", ""),
        "equipment_standard_unified" => ("基本装备配置标准统一", ""),
        "small_schools" => ("不足100名学生的学校", "所"),
        "small_schools_funded_as_100" => ("其中按100人核定公用经费", "所"),
        "special_education_funds_yuan" => ("特殊教育学校公用经费", "元"),
        "special_education_pupils" => ("特殊教育学生", "人"),
        "teachers_mean_pay_yuan" => ("义务教育教师平均工资收入", "元"),
        "civil_servants_mean_pay_yuan" => ("当地公务员平均工资收入", "元"),
        "performance_pay_granted_in_full" => ("绩效工资总量按规定核定并足额发放", ""),
        "teachers_due_training" => ("应完成培训教师", "人"),
        "teachers_trained_360_hours" => ("五年内完成360学时培训教师", "人"),
        "rotation_eligible" => ("符合交流条件教师", "人"),
        "rotation_actual" => ("实际交流教师", "人"),
        "rotation_actual_backbone" => ("实际交流骨干教师", "人"),
        "teachers" => ("专任教师", "人"),
        "teachers_certified" => ("持证上岗教师", "人"),
        "primary_enrolled" => ("城区和镇区公办小学（不含寄宿制）招生", "人"),
        "primary_enrolled_nearby" => ("其中小学就近划片入学", "人"),
        "junior_enrolled" => ("城区和镇区公办初中（不含寄宿制）招生", "人"),
        "junior_enrolled_nearby" => ("其中初中就近划片入学", "人"),
        "quota_total" => ("优质高中招生名额", "个"),
        "quota_allocated" => ("分配到初中的名额", "个"),
        "tilted_to_rural_schools" => ("名额分配向农村初中倾斜", ""),
        "left_behind_care_in_place" => ("留守儿童关爱体系健全", ""),
        "migrant_children_eligible" => ("符合条件随迁子女", "人"),
        "migrant_children_in_public_schools" => ("在公办学校就读", "人"),
        "migrant_children_in_purchased_places" => ("在政府购买服务的民办学校就读", "人"),
        _ => return None,
    })
}

fn quality(id: &str) -> Option<(&'static str, &'static str)> {
    Some(match id {
        "entrants_three_years_ago" => ("三年前初中入学", "人"),
        "graduates" => ("初中毕业", "人"),
        "transferred_in" => ("三年内转入", "人"),
        "transferred_out" => ("三年内转出", "人"),
        "deceased" => ("三年内死亡", "人"),
        "disabled_children" => ("适龄残疾儿童少年", "人"),
        "disabled_children_enrolled" => ("其中已入学", "人"),
        "questionnaires_total" => ("发放问卷", "份"),
        "questionnaires_parents" => ("其中家长问卷", "份"),
        "questionnaires_valid" => ("有效问卷", "份"),
        "questionnaires_satisfied" => ("满意问卷", "份"),
        "visited" => ("实地走访", "人"),
        "visited_satisfied" => ("其中满意", "人"),
        "found" => ("核查情况", ""),
        "basic_recognised_on" => ("通过基本均衡国家认定日期", ""),
        "monitoring_kept" => ("认定后年度监测保持较高水平", ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_a_stage_say_the_stage() {
        assert_eq!(operand("pupils_junior"), ("初中在校生数".to_owned(), "人"));
        assert_eq!(operand("teaching_area_m2").0, "教学及辅助用房面积");
    }

    #[test]
    fn an_unknown_operand_is_shown_by_its_id() {
        assert_eq!(operand("swimming_pools"), ("swimming_pools".to_owned(), ""));
        assert_eq!(operand("chinese.level").0, "语文监测水平等级");
    }
}
