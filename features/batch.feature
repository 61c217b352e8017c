@batch
Feature: Batches for a day, a week or a month
  Marketing plans its content ahead, in batches. The risks: a batch with other channels, numbers or dates than
  ordered, a rehearsed batch that goes out for real, and a scheduled one that goes out twice.

  Rule: A batch holds what was ordered

    @smoke
    Scenario: A batch is complete, item by item
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | period | week |
        | count  | 9    |
      Then the status is 200
      And all of these hold:
        | status               | is "generated" |
        | total_items          | is 9           |
        | items                | has 9 items    |
        | summary.total_items  | is 9           |
        | summary.time_period  | is "week"      |
        | summary.dry_run_mode | is true        |
        | dry_run              | is true        |
      And items have unique item_id
      And every items[*] is like:
        | content.dry_run      | true                       |
        | content.content_type | </^(email\|web\|social)$/> |
        | scheduled_for        | <date-time>                |
        | priority             | <1..2>                     |
        | estimated_engagement | <0..1>                     |
      And exactly 3 of items[*] are like:
        | content_type | email |
      And exactly 3 of items[*] are like:
        | content_type | social |
      And nothing was published

    Scenario Outline: A batch for a <period> is spread over that <period>
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | period | <period> |
        | count  | 6        |
      Then the status is 200
      And summary.time_period is "<period>"
      And items are sorted by scheduled_for
      And every items[*].scheduled_for is after "${now - 1 minute}"
      And every items[*].scheduled_for is before "${now + <end>}"
      And some items[*].scheduled_for is after "${now + <second half>}"

      Examples:
        | period | second half | end       |
        | day    | 12 hours    | 25 hours  |
        | week   | 84 hours    | 169 hours |
        | month  | 360 hours   | 721 hours |

    Scenario Outline: Only the ordered channels are generated: <ordered>
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | channels | <ordered> |
        | count    | 4         |
      Then the status is 200
      And items has 4 items
      And every items[*].content_type is one of <expected>
      And summary.channels_generated looks like:
        """json
        [<expected>]
        """

      Examples:
        | ordered    | expected        |
        | email      | "email"         |
        | web        | "web"           |
        | social     | "social"        |
        | email,web  | "email", "web"  |
        | web,social | "web", "social" |

    Scenario Outline: A batch of <count> is as large as the limits allow
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | count | <count> |
      Then the status is 200
      And items has <count> items
      And items have unique item_id

      Examples:
        | count |
        | 1     |
        | 50    |

    Scenario: With variety the social posts change networks
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | channels         | social |
        | count            | 3      |
        | template_variety | true   |
      Then the status is 200
      And items have unique content.data.platform

    Scenario: Without variety the social posts stay on one network
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | channels         | social |
        | count            | 3      |
        | template_variety | false  |
      Then the status is 200
      And I remember items[0].content.data.platform as "network"
      And every items[*].content.data.platform is "${network}"

    Scenario: The scheduling plan names every item once
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | period             | week |
        | count              | 7    |
        | include_scheduling | true |
      Then the status is 200
      And I remember items[0].item_id as "first"
      And I remember items[6].item_id as "last"
      And $.scheduling_plan[*][*] has 7 items
      And some $.scheduling_plan[*][*] is "${first}"
      And some $.scheduling_plan[*][*] is "${last}"

    Scenario: Without scheduling there is no plan and no time
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | count              | 3     |
        | include_scheduling | false |
      Then the status is 200
      And scheduling_plan is absent
      And every items[*] is like:
        | item_id       | <string> |
        | scheduled_for | <absent> |

    Scenario: Batches that are made at the same moment are told apart
      Given I remember "/api/v1/batch/generateBatch?count=2" as "order"
      When I POST to "${order}"
      And I send the request 10 times, 5 at once
      Then all 10 answers have status 200
      And the answers have unique batch_id
      And the answers have unique items[0].item_id

  Rule: An order that can't be carried out is refused

    @errors
    Scenario Outline: A batch with <parameter> "<value>" is refused with <status>
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | <parameter> | <value> |
      Then the status is <status>
      And detail is not empty
      And batch_id is absent
      And nothing was published

      Examples: more or less than a batch may hold
        | parameter | value | status |
        | count     | 0     | 400    |
        | count     | 51    | 400    |
        | count     | -1    | 400    |

      Examples: things that do not exist
        | parameter | value     | status |
        | period    | fortnight | 400    |
        | channels  | fax       | 400    |
        | channels  | email,fax | 400    |

      Examples: values of the wrong type
        | parameter          | value   | status |
        | count              | ten     | 422    |
        | dry_run            | perhaps | 422    |
        | include_scheduling | 2       | 422    |

  Rule: A dry run publishes nothing, whatever is done with it

    @smoke
    Scenario: Rehearsing the schedule of a dry run
      Given I remember "/api/v1/batch/generateBatch?count=3&dry_run=true" as "order"
      When I POST to "${order}"
      And I remember batch_id as "batch"
      And I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {"batch_id": "${batch}", "schedule_all": true, "dry_run": true}
        """
      Then the status is 200
      And all of these hold:
        | status          | is "preview" |
        | dry_run         | is true      |
        | scheduled_items | is 3         |
        | items           | has 3 items  |
        | errors          | is empty     |
      And nothing was published
      When I GET "/api/v1/batch/status/${batch}"
      Then status is "generated"
      And every items[*].status is "planned"

    @errors
    Scenario: A dry run can't be scheduled for real
      When I POST to "/api/v1/batch/generateBatch?count=3&dry_run=true"
      And I remember batch_id as "batch"
      And I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {"batch_id": "${batch}", "dry_run": false}
        """
      Then the status is 400
      And detail contains "dry run"
      And nothing was published

    Scenario: A service in dry-run mode rehearses even what was ordered for real
      Given a freshly started service with the environment:
        | DRY_RUN_MODE | true |
      When I POST to "/api/v1/batch/generateBatch?count=3&dry_run=false"
      Then dry_run is true
      When I remember batch_id as "batch"
      And I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {"batch_id": "${batch}", "dry_run": false}
        """
      Then the status is 200
      And dry_run is true
      And nothing was published

  Rule: A scheduled batch reaches each channel once, at its time

    Background:
      When I POST to "/api/v1/batch/generateBatch?count=3&dry_run=false&period=week"
      Then the status is 200
      And I remember batch_id as "batch"
      And I remember items[0] as "letter"
      And I remember items[1] as "page"
      And I remember items[2] as "post"

    @smoke @publishing
    Scenario: Pages and posts are handed over with their time, the email waits
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {"batch_id": "${batch}", "dry_run": false}
        """
      Then the status is 200
      And all of these hold:
        | status          | is "scheduled" |
        | dry_run         | is false       |
        | scheduled_items | is 3           |
        | errors          | is empty       |
      And the Platform received 1 publication like:
        | title        | ${page.content.data.title} |
        | scheduled_at | ${page.scheduled_for}      |
      And the Platform received 1 post like:
        | platform     | ${post.content.data.platform} |
        | content      | ${post.content.data.content}  |
        | scheduled_at | ${post.scheduled_for}         |
      And the CRM received nothing
      When I GET "/api/v1/batch/status/${batch}"
      Then status is "scheduled"
      And exactly 2 of items[*] are like:
        | status        | scheduled |
        | result.status | success   |

    @publishing
    Scenario: Scheduling twice publishes once
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {"batch_id": "${batch}", "dry_run": false}
        """
      And I send the same request again
      Then the status is 200
      And scheduled_items is 0
      And the Platform received exactly 1 call to "POST /api/v1/content/publish"
      And the Platform received exactly 1 call to "POST /api/v1/social/post"

    @publishing
    Scenario: Only the chosen item is scheduled, at the chosen time
      Given I remember "${now + 2 days}" as "chosen"
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {
          "batch_id": "${batch}",
          "schedule_all": false,
          "custom_schedule": {"${page.item_id}": "${chosen}"},
          "dry_run": false
        }
        """
      Then the status is 200
      And scheduled_items is 1
      And items[0] is "${page.item_id}"
      And the Platform received 1 publication like:
        | title               | ${page.content.data.title} |
        | publish_immediately | false                      |
        | scheduled_at        | <date-time>                |
      And the Platform received exactly 0 calls to "POST /api/v1/social/post"
      When I GET "/api/v1/batch/status/${batch}"
      Then exactly 2 of items[*] are like:
        | status | planned |

    @publishing
    Scenario: An email that is due already is sent at once
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {
          "batch_id": "${batch}",
          "schedule_all": false,
          "custom_schedule": {"${letter.item_id}": "${now - 1 minute}"},
          "dry_run": false
        }
        """
      Then the status is 200
      And scheduled_items is 1
      And the CRM received 1 email like:
        | subject           | ${letter.content.data.subject} |
        | html_content      | ${letter.content.data.html}    |
        | metadata.batch_id | ${batch}                       |
      And the Platform received nothing
      When I GET "/api/v1/batch/status/${batch}"
      Then some items[*] is like:
        | item_id                 | ${letter.item_id} |
        | status                  | published         |
        | result.status           | success           |
        | result.recipients_count | 100               |

    @errors @publishing
    Scenario: One item fails, the other is scheduled, and the answer says which
      Given the Platform answers 400 to "POST /api/v1/content/publish"
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {"batch_id": "${batch}", "dry_run": false}
        """
      Then the status is 200
      And all of these hold:
        | status          | is "partial"                       |
        | scheduled_items | is 2                               |
        | items           | does not contain "${page.item_id}" |
        | items           | contains "${post.item_id}"         |
        | errors          | has 1 item                         |
        | errors[0]       | contains "${page.item_id}"         |
      When I GET "/api/v1/batch/status/${batch}"
      Then some items[*] is like:
        | item_id       | ${page.item_id} |
        | status        | failed          |
        | result.status | failed          |

    @errors @publishing
    Scenario: When nothing could be scheduled the answer is no success
      Given the Platform answers 400 to everything
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        {
          "batch_id": "${batch}",
          "schedule_all": false,
          "custom_schedule": {"${page.item_id}": "${now + 1 day}", "${post.item_id}": "${now + 1 day}"},
          "dry_run": false
        }
        """
      Then the status is 502
      And detail contains "${page.item_id}"
      And detail contains "${post.item_id}"

    @errors
    Scenario Outline: A schedule with <mistake> is refused
      When I POST to "/api/v1/batch/schedule/${batch}" with:
        """json
        <body>
        """
      Then the status is <status>
      And detail is not empty
      And nothing was published

      Examples:
        | mistake                   | status | body                                                                                              |
        | the name of another batch | 400    | {"batch_id": "batch_of_somebody_else", "dry_run": false}                                          |
        | an item the batch has not | 400    | {"batch_id": "${batch}", "dry_run": false, "custom_schedule": {"nobody": "2030-01-01T10:00:00Z"}} |
        | nothing to schedule       | 400    | {"batch_id": "${batch}", "dry_run": false, "schedule_all": false}                                 |
        | no batch at all           | 422    | {"dry_run": false}                                                                                |
        | a time that is none       | 422    | {"batch_id": "${batch}", "dry_run": false, "custom_schedule": {"${page.item_id}": "tomorrow"}}    |

  Rule: Nobody hears of a batch that does not exist

    @errors
    Scenario: The status of an unknown batch
      When I GET "/api/v1/batch/status/batch_unknown"
      Then the status is 404
      And detail contains "batch_unknown"

    @errors
    Scenario: Scheduling an unknown batch
      When I POST to "/api/v1/batch/schedule/batch_unknown" with:
        """json
        {"batch_id": "batch_unknown", "dry_run": false}
        """
      Then the status is 404
      And detail contains "batch_unknown"
      And nothing was published
