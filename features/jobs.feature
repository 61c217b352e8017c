@jobs
Feature: Document syncs as jobs
  Editors sync a document to several channels, and come back later to see what became of it. The risks: a job that says
  completed while a channel failed, and a retry that sends again what had arrived.

  Background:
    Given every request carries the headers:
      | X-API-Key | rehearsal-api-key |

  Rule: A document is synced to the channels that were named, and to no other

    @smoke @publishing
    Scenario: A sync to every channel
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email", "website", "twitter", "linkedin", "facebook"]}
        """
      Then the status is 200
      And status is one of "pending", "in_progress"
      And document_id is "living-document"
      When I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then errors is empty
      And runs is 1
      And every $.results.*.status is "success"
      And $.results.*.status has 5 items
      And the CRM received 1 email
      And the Platform received 1 publication
      And the Platform received 3 posts
      And nothing was sent twice

    @publishing
    Scenario Outline: A sync to <channel> leaves the others alone
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["<channel>"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then channels looks like:
        """json
        ["<channel>"]
        """
      And results.<channel>.status is "success"
      And the CRM received <emails> emails
      And the Platform received <publications> publications
      And the Platform received <posts> posts

      Examples:
        | channel  | emails | publications | posts |
        | email    | 1      | 0            | 0     |
        | website  | 0      | 1            | 0     |
        | linkedin | 0      | 0            | 1     |

    @publishing
    Scenario: What the job says arrived is what the Platform holds
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["website", "twitter"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      And I remember results.website.content_id as "page"
      And I remember results.twitter.post_id as "post"
      Then the Platform holds 1 content like:
        | content_id          | ${page}   |
        | status              | published |
        | metadata.content_id | ${job}    |
      And the Platform holds 1 post like:
        | post_id  | ${post} |
        | platform | twitter |

    @publishing @slow
    Scenario: A scheduled sync does not start before its time
      Given I remember "${now + 2 seconds}" as "start"
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email"], "schedule_time": "${start}"}
        """
      Then the status is 200
      And status is "pending"
      And schedule_time is a date-time within 3 seconds of now
      And the CRM received nothing
      When I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then completed_at is after "${start}"
      And the CRM received 1 email

    Scenario: A job keeps the name of the workflow it belongs to
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["twitter"], "correlation_id": "spring-campaign-7"}
        """
      Then the status is 200
      And correlation_id is "spring-campaign-7"
      When I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then correlation_id is "spring-campaign-7"

    @publishing
    Scenario: What a job sends in the background can be traced to the request that made it
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email", "website"]}
        """
      And I remember header "X-Correlation-ID" as "workflow"
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then in every call to "POST /api/v1/email/send" header "X-Correlation-ID" is "${workflow}"
      And in every call to "POST /api/v1/content/publish" header "X-Correlation-ID" is "${workflow}"
      And in every call to "POST /api/v1/email/send" header "traceparent" contains "${workflow}"

    Scenario: In dry-run mode a sync is completed without sending
      Given a freshly started service with the environment:
        | DRY_RUN_MODE | true |
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email", "website", "facebook"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then every $.results.*.status is "preview"
      And nothing was published

    @errors
    Scenario: A service that is bound to one document syncs no other
      Given a freshly started service with the environment:
        | LIVING_DOC_ID | doc-2026 |
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "doc-1999", "channels": ["email"]}
        """
      Then the status is 404
      And detail contains "doc-1999"
      And nothing was published

    Scenario: Jobs that are made at the same moment are told apart
      When I POST to "/api/v1/newsletter/send" with:
        """json
        {"subject": "Told apart", "html_content": "<p>x</p>", "text_content": "x", "test_mode": true}
        """
      And I send the request 10 times, 5 at once
      Then all 10 answers have status 200
      And the answers have unique job_id

  Rule: A job says which channel failed, and a retry sends only there

    @errors @publishing @smoke
    Scenario: One channel fails, the retry completes the job
      Given the Platform answers 400 to "POST /api/v1/content/publish" once, then recovers
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email", "website", "linkedin"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "partial"
      Then all of these hold:
        | results.email.status    | is "success"          |
        | results.linkedin.status | is "success"          |
        | results.website.status  | is "failed"           |
        | results.website.error   | contains "400"        |
        | errors                  | has 1 item            |
        | errors[0]               | starts with "website" |
      When I POST to "/api/v2/jobs/${job}/retry"
      Then the status is 200
      When I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then runs is 2
      And errors is empty
      And every $.results.*.status is "success"
      And the CRM received 1 email
      And the Platform received 1 post
      And the Platform received 2 publications
      And the Platform holds 1 content like:
        | status | published |

    @errors @publishing
    Scenario: Every channel fails
      Given the CRM answers 400 to everything
      And the Platform answers 403 to everything
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email", "website"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "failed"
      Then every $.results.*.status is "failed"
      And results.email.error contains "400"
      And results.website.error contains "403"
      And errors has 2 items
      And results.email.message_id is absent
      And results.website.content_id is absent

    @errors @publishing
    Scenario: A completed job is not sent again
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      And I POST to "/api/v2/jobs/${job}/retry"
      Then the status is 400
      And detail contains "completed"
      And the CRM received 1 email

    @errors @publishing
    Scenario: A job that waits for its time can't be retried
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email"], "schedule_time": "${now + 1 day}"}
        """
      And I remember job_id as "job"
      And I POST to "/api/v2/jobs/${job}/retry"
      Then the status is 400
      And detail contains "pending"
      And nothing was published

    @errors @publishing @wrong-answer
    Scenario: An email of which nobody knows whether it arrived is sent again only on demand
      Given the CRM applies "POST /api/v1/email/send" and loses the answer once, then recovers
      When I POST to "/api/v2/content/sync" with:
        """json
        {"document_id": "living-document", "channels": ["email"]}
        """
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "failed"
      Then results.email.delivery_unknown is true
      When I POST to "/api/v2/jobs/${job}/retry"
      Then the status is 400
      And detail contains "email"
      And the CRM received 1 email
      When I POST to "/api/v2/jobs/${job}/retry?force=true"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then the CRM received 2 emails

  Rule: Jobs can be found again

    Background:
      Given a freshly started service

    Scenario: The list shows the newest job first
      When I POST to "/api/v1/newsletter/send" with:
        """json
        {"subject": "First", "html_content": "<p>1</p>", "text_content": "1", "test_mode": true}
        """
      And I remember job_id as "first"
      And I POST to "/api/v1/newsletter/send" with:
        """json
        {"subject": "Second", "html_content": "<p>2</p>", "text_content": "2", "test_mode": true}
        """
      And I remember job_id as "second"
      And I GET "/api/v2/jobs"
      Then the status is 200
      And total is 2
      And jobs has 2 items
      And jobs[0].job_id is "${second}"
      And jobs[1].job_id is "${first}"
      When I GET "/api/v2/jobs?limit=1&offset=1"
      Then total is 2
      And jobs has 1 item
      And jobs[0].job_id is "${first}"

    Scenario Outline: The list can be narrowed to <status> jobs
      When I POST to "/api/v1/newsletter/send" with:
        """json
        {"subject": "Done", "html_content": "<p>1</p>", "text_content": "1", "test_mode": true}
        """
      And I POST to "/api/v1/newsletter/send" with:
        """json
        {
          "subject": "Later", "html_content": "<p>2</p>", "text_content": "2",
          "schedule_time": "${now + 1 day}"
        }
        """
      And I GET "/api/v2/jobs?status=<status>"
      Then the status is 200
      And total is <total>
      And jobs has <total> items
      And no jobs[*].status is "<other>"

      Examples:
        | status    | other     | total |
        | completed | pending   | 1     |
        | pending   | completed | 1     |
        | failed    | completed | 0     |

  Rule: Only callers with the key are served

    @errors @security
    Scenario Outline: <call> with <key> as its key
      Given every request carries the headers:
        | X-API-Key | <key> |
      When I POST to "<call>" with:
        """json
        {
          "document_id": "living-document", "channels": ["email"],
          "subject": "Unasked", "html_content": "<p>x</p>", "text_content": "x"
        }
        """
      Then the status is 401
      And detail contains "API key"
      And job_id is absent
      And nothing was published

      @wrong-request
      Examples: no key
        | call                        | key      |
        | /api/v1/newsletter/send     | <absent> |
        | /api/v2/content/sync        | <absent> |
        | /api/v2/jobs/some-job/retry | <absent> |

      Examples: a wrong key
        | call                        | key                |
        | /api/v1/newsletter/send     | rehearsal-api-kex  |
        | /api/v2/content/sync        | rehearsal-api-key2 |
        | /api/v2/jobs/some-job/retry | guest              |

    @errors @security @wrong-request
    Scenario Outline: Reading <path> without the key
      Given every request carries the headers:
        | X-API-Key | <absent> |
      When I GET "<path>"
      Then the status is 401
      And jobs is absent

      Examples:
        | path                  |
        | /api/v2/jobs          |
        | /api/v2/jobs/some-job |
