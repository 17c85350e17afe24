-- Refuses a submission with a field that the API does not have. Envoy's transcoder passes over such fields, and a month whose sender
-- misspelt one would be accepted without it (services/adr/0012-unknown-fields-of-submissions.md). It looks at names, not at places.
local KNOWN = {}
-- Names of the fields of both requests and of what is in them, as JSON may write them. tests/deploy/gateway.py holds them against the API.
for _, name in ipairs({
    "acknowledgedAt", "acknowledgedBy", "acknowledged_at", "acknowledged_by", "acknowledgements", "artRoomsQualified",
    "art_rooms_qualified", "backboneTeachersJunior", "backboneTeachersPrimary", "backbone_teachers_junior",
    "backbone_teachers_primary", "baseRevision", "base_revision", "books", "classesJunior", "classesPrimary", "classes_junior",
    "classes_primary", "clearedElements", "cleared_elements", "computers", "date", "declaration", "declaredBy", "declaredOn",
    "declared_by", "declared_on", "equipmentValueYuan", "equipment_value_yuan", "evidence", "indoorSportsAreaM2",
    "indoor_sports_area_m2", "item", "items", "largestClassJunior", "largestClassPrimary", "largest_class_junior",
    "largest_class_primary", "mode", "month", "multimediaRooms", "multimedia_rooms", "musicRoomsQualified",
    "music_rooms_qualified", "operand", "peArtsTeachersJunior", "peArtsTeachersPrimary", "pe_arts_teachers_junior",
    "pe_arts_teachers_primary", "publicFundsBudgetYuan", "public_funds_budget_yuan", "pupilsJunior", "pupilsPrimary",
    "pupilsSenior", "pupils_junior", "pupils_primary", "pupils_senior", "quantity", "reason", "region", "removedItems",
    "removedSchools", "removed_items", "removed_schools", "requestId", "request_id", "rule", "schoolCode", "school_code",
    "schools", "seniorTitleTeachersJunior", "seniorTitleTeachersPrimary", "senior_title_teachers_junior",
    "senior_title_teachers_primary", "sportsGroundAreaM2", "sports_ground_area_m2", "submission", "teachersAboveDegreeJunior",
    "teachersAboveDegreePrimary", "teachersJunior", "teachersPrimary", "teachers_above_degree_junior",
    "teachers_above_degree_primary", "teachers_junior", "teachers_primary", "teachingAreaM2", "teaching_area_m2",
    "trainingBudgetYuan", "training_budget_yuan", "validateOnly", "validate_only",
}) do
    KNOWN[name] = true
end

local SUBMISSIONS = {
    ["/junheng.ingest.v1.SubmissionService/SubmitMonth"] = true,
    ["/junheng.ingest.v1.SubmissionService/SubmitMonths"] = true,
}

-- The first name of a field in a text of JSON that is not known; nil where there is none.
local function unknown(text)
    local at = 1
    while true do
        local open = text:find('"', at, true)
        if not open then
            return nil
        end
        local close = open
        local escaped = true
        while escaped do
            close = text:find('"', close + 1, true)
            if not close then
                return nil
            end
            local slashes = 0
            while text:byte(close - 1 - slashes) == 92 do
                slashes = slashes + 1
            end
            escaped = slashes % 2 == 1
        end
        if text:find("^%s*:", close + 1) then
            local name = text:sub(open + 1, close - 1)
            if not KNOWN[name] then
                return name
            end
        end
        at = close + 1
    end
end

function envoy_on_request(handle)
    local headers = handle:headers()
    local kind = headers:get("content-type") or ""
    local path = (headers:get(":path") or ""):match("^[^?]*")
    if kind:find("^application/grpc") or not SUBMISSIONS[path] then
        return
    end
    local body = handle:body()
    local name = body and unknown(body:getBytes(0, body:length()))
    if name then
        -- What is shown of the name are letters, so that it is JSON whatever it was.
        local shown = name:sub(1, 64):gsub("[^%w_]", "?")
        handle:respond(
            { [":status"] = "400", ["content-type"] = "application/json" },
            '{"code":3,"message":"field ' .. shown .. ' is unknown","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",'
                .. '"reason":"INVALID_FIELD","domain":"junheng"},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage",'
                .. '"locale":"zh-CN","message":"报送中有接口没有的字段：' .. shown .. '"}]}'
        )
    end
end
