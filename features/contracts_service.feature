@service
Feature: Whatever the contract of the service allows as a request
  Clients send every field and every value that the contract offers, not only those that its authors thought of. The
  risk: a value that nobody tried is ignored, a field that says `null` is taken for a mistake, or an answer that was asked
  for twice is carried out twice.

  Rule: Every value that a field may have does what it says

    Scenario Outline: On each channel the <tone> tone is its own choice
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | per_channel_tones.<channel> | <tone> |
        | preview_only                | true   |
      Then the status is 200
      And <told> starts with "<opening>"
      And nothing was published

      Examples:
        | channel | tone               | told                    | opening                             |
        | email   | professional       | newsletter.subject      | Halcytone update                    |
        | email   | encouraging        | newsletter.subject      | Breathe easy                        |
        | email   | medical_scientific | newsletter.subject      | Halcytone research brief            |
        | web     | professional       | web_update.title        | Halcytone update                    |
        | web     | encouraging        | web_update.title        | Breathe easy                        |
        | web     | medical_scientific | web_update.title        | Halcytone research brief            |
        | social  | professional       | social_posts[0].content | New at Halcytone:                   |
        | social  | encouraging        | social_posts[0].content | Good news for your practice:        |
        | social  | medical_scientific | social_posts[0].content | Observation from the Halcytone lab: |

    Scenario: A tone that is null is the default tone
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | tone                     | <null> |
        | per_channel_tones.email  | <null> |
        | per_channel_tones.web    | <null> |
        | per_channel_tones.social | <null> |
      Then the status is 200
      And the newsletter subject starts with "Halcytone update"
      And the web page title starts with "Halcytone update"
      And what the answer claims is what the mocks received

    @publishing
    Scenario Outline: After a publication only the <target> cache is emptied when that was asked for
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json" changed by:
        | invalidate_cache | true         |
        | cache_targets    | ["<target>"] |
      Then the status is 200
      And results.cache_invalidation.status is "success"
      And results.cache_invalidation.targets_processed has 1 item
      And results.cache_invalidation.targets_processed.<target>.keys_invalidated is at least 0

      Examples:
        | target |
        | cdn    |
        | local  |
        | api    |

    @publishing
    Scenario: A publication that is to leave the caches alone does
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json" changed by:
        | invalidate_cache | false |
      Then the status is 200
      And published_to contains "web"
      And results.cache_invalidation.status is "skipped"

  Rule: What the Platform says by a signed webhook is obeyed to the letter

    @security
    Scenario Outline: A webhook that names <what>
      When I POST to "/api/v1/cache/webhook" signed with the key "rehearsal-webhook-secret" in header "X-Signature", with:
        """json
        {"targets": ["<target>"], <selection>}
        """
      Then the status is 200
      And success is true
      And targets_processed has 1 item
      And targets_processed.<target>.keys_invalidated is at least 0
      And nothing was published

      Examples:
        | what                     | target | selection                                            |
        | keys that nobody knows   | local  | "keys": ["nothing-of-this-name"]                     |
        | a pattern and no force   | api    | "patterns": ["nothing-*"], "force": false            |
        | keys, patterns, a reason | cdn    | "keys": ["a"], "patterns": ["b-*"], "reason": "typo" |

    @errors @security
    Scenario: A webhook may not make the service call the outside world
      When I POST to "/api/v1/cache/webhook" signed with the key "rehearsal-webhook-secret" in header "X-Signature", with:
        """json
        {"targets": ["local"], "patterns": ["nothing-*"], "webhook_url": "https://hooks.example.com/purged"}
        """
      Then the status is 200
      And some errors[*] contains "refused"

  Rule: A request that is repeated with its idempotency key is carried out once

    Background:
      Given every request carries the headers:
        | X-API-Key       | rehearsal-api-key |
        | Idempotency-Key | once-${uuid}      |

    Scenario: A plan is made once
      When I POST to "/api/v1/batch/generateBatch" with the query:
        | period   | day   |
        | channels | email |
        | count    | 1     |
      And I remember batch_id as "batch"
      And I send the same request again
      Then the status is 200
      And header "Idempotent-Replayed" is "true"
      And batch_id is "${batch}"

    @publishing
    Scenario: A document is synced once
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["email"]       |
      And I remember job_id as "job"
      And I send the same request again
      Then the status is 200
      And header "Idempotent-Replayed" is "true"
      And job_id is "${job}"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      And the CRM received 1 email

    @publishing
    Scenario Outline: <what> is published once
      When I POST to "<call>" with the body "publications/session.json" changed by:
        | publish | true |
      And I remember the answer as "first"
      And I send the same request again
      Then the status is 200
      And header "Idempotent-Replayed" is "true"
      And published_to contains "web"
      And the Platform received 1 publication like:
        | content_type | <kind> |
      And nothing was sent twice

      Examples:
        | what                     | call                                             | kind            |
        | The summary of a session | /api/v2/session-summary?publish_immediately=true | session_summary |
        | A live announcement      | /api/v2/live-announce                            | announcement    |

    @publishing
    Scenario: A plan is scheduled once
      Given every request carries the headers:
        | Idempotency-Key | <absent> |
      When I POST to "/api/v1/batch/generateBatch?period=week&count=3&dry_run=false"
      And I remember batch_id as "batch"
      And every request carries the headers:
        | Idempotency-Key | scheduled-${uuid} |
      And I POST to "/api/v1/batch/schedule/${batch}" with the fields:
        | batch_id | ${batch} |
        | dry_run  | false    |
      Then the status is 200
      And scheduled_items is 3
      When I send the same request again
      Then header "Idempotent-Replayed" is "true"
      And scheduled_items is 3
      And the Platform received 1 publication
      And the Platform received 1 post

    @errors @publishing
    Scenario: A job is retried once
      Given the CRM answers 400 to "POST /api/v1/email/send" once, then recovers
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["email"]       |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "failed"
      And every request carries the headers:
        | Idempotency-Key | retried-${uuid} |
      And I POST to "/api/v2/jobs/${job}/retry"
      And I send the same request again
      Then the status is 200
      And header "Idempotent-Replayed" is "true"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      And the CRM received 2 emails

  Rule: A list of jobs can be narrowed to every state

    Background:
      Given a freshly started service with the environment:
        | UPSTREAM_TIMEOUT_MS | 10000 |
      And every request carries the headers:
        | X-API-Key | rehearsal-api-key |

    Scenario: Jobs of which a part failed
      Given the CRM answers 400 to "POST /api/v1/email/send"
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document      |
        | channels    | ["email", "website"] |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "partial"
      And I GET "/api/v2/jobs" with the query:
        | status | partial |
      Then total is 1
      And jobs[0].job_id is "${job}"
      And every jobs[*].status is "partial"

    @slow
    Scenario: Jobs that are under way
      Given the CRM takes 2 seconds to answer "POST /api/v1/email/send"
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["email"]       |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs?status=in_progress" says total is 1
      Then jobs[0].job_id is "${job}"
      And jobs[0].status is "in_progress"
      And I wait up to 10 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      And the CRM received 1 email

  Rule: An announcement that could not be published is not said to be

    @errors
    Scenario: The Platform refuses the announcement
      Given the Platform answers 403 to "POST /api/v1/content/publish"
      When I POST to "/api/v2/live-announce" with the body "publications/session.json" changed by:
        | publish | true |
      Then the status is 502
      And detail contains "403"
      And published_to is absent
      And the Platform holds 0 content
