@consistency
Feature: What the answer claims is what happened
  The editors act on the answer alone. The risk: it claims a success that never was, so readers wait in vain, or a failure
  that was a success, so somebody sends it again.

  Rule: Said and done, or neither

    @smoke
    Scenario: Everything that is claimed was done once, and nothing else
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And what the answer claims is what the mocks received
      And the CRM received 1 email
      And the Platform received 1 publication
      And the Platform received 3 posts
      And nothing was sent twice
      And no call was unexpected
      And every call honoured its contract

    Scenario: The ids in the answer are those that the CRM and the Platform gave
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      And I remember the answer as "told"
      Then the CRM holds 1 email like:
        | message_id | ${told.results.email.message_id} |
      And the Platform holds 1 content like:
        | content_id | ${told.results.web.content_id} |
        | url        | ${told.results.web.url}        |
      And the Platform holds 1 post like:
        | post_id  | ${told.results.social.posts[0].post_id}  |
        | platform | ${told.results.social.posts[0].platform} |
        | url      | ${told.results.social.posts[0].url}      |
      And the Platform holds 1 post like:
        | post_id  | ${told.results.social.posts[1].post_id}  |
        | platform | ${told.results.social.posts[1].platform} |
      And the Platform holds 1 post like:
        | post_id  | ${told.results.social.posts[2].post_id}  |
        | platform | ${told.results.social.posts[2].platform} |

    Scenario Outline: With <broken> broken, the answer claims the rest and no more
      Given <service> answers 500 to "<call>"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        <published>
        """
      And results.<channel>.status is "failed"
      And errors has 1 item
      And every errors[*] starts with "<channel>: "
      And what the answer claims is what the mocks received

      Examples:
        | broken     | service      | call                         | channel | published           |
        | the email  | the CRM      | POST /api/v1/email/send      | email   | ["web", "social"]   |
        | the page   | the Platform | POST /api/v1/content/publish | web     | ["email", "social"] |
        | each post  | the Platform | POST /api/v1/social/post     | social  | ["email", "web"]    |

    Scenario: An email that the CRM took is never reported as failed
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And the CRM holds 1 email
      And results.email.status is "success"
      And results.email.error is absent
      And published_to contains "email"
      And errors is empty

    Scenario: A job that is completed has done what it lists
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document                 |
        | channels    | ["email", "website", "twitter"] |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      And I remember the answer as "done"
      Then the CRM holds 1 email like:
        | message_id       | ${done.results.email.message_id} |
        | metadata.job_id  | ${job}                           |
        | recipients_count | ${done.results.email.recipients_count} |
      And the Platform holds 1 content like:
        | content_id | ${done.results.website.content_id} |
      And the Platform holds 1 post like:
        | post_id | ${done.results.twitter.post_id} |
      And nothing was sent twice

  Rule: Numbers of recipients come from the CRM

    Scenario: Without a list of recipients the newsletter goes to the standard list
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And newsletter.recipient_count is 100
      And results.email.recipients_count is 100
      And the CRM holds 1 email like:
        | recipients_count | 100 |

    Scenario: An unusual number of recipients is told as the CRM told it
      Given the CRM answers 200 to "POST /api/v1/email/send" with:
        """json
        {"message_id": "msg_spring", "status": "sent", "recipients_count": 4321, "timestamp": "2026-01-24T10:00:00Z"}
        """
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And newsletter.recipient_count is 4321
      And results.email.recipients_count is 4321
      And results.email.message_id is "msg_spring"
      And what the answer claims is what the mocks received

    Scenario: A finished newsletter tells how many the CRM sent it to
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      And the CRM answers 200 to "POST /api/v1/email/send" with:
        """json
        {"message_id": "msg_spring", "status": "sent", "recipients_count": 250, "timestamp": "2026-01-24T10:00:00Z"}
        """
      When I POST to "/api/v1/newsletter/send" with the body "publications/newsletter.json"
      Then the status is 200
      And recipients is 250
      And the CRM received 1 email

  Rule: Many at once are as good as one after another

    Scenario: Twenty publications within a moment have twenty ids and twenty messages
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      And I send the request 20 times, 10 at once
      Then all 20 answers have status 200
      And the answers have unique content_id
      And the answers have unique results.email.message_id
      And in every answer published_to contains "email"
      And the CRM received 21 emails
      And the CRM holds 21 emails
      And nothing was sent twice

    Scenario: Syncs that are asked for within a moment are jobs of their own
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["website"]     |
      And I send the request 10 times, 10 at once
      Then all 10 answers have status 200
      And the answers have unique job_id
      And within 5 seconds the Platform received 11 calls to "POST /api/v1/webhooks/content"
      And the Platform received exactly 11 calls to "POST /api/v1/content/publish"
      And nothing was sent twice

  Rule: Every call upstream can be traced to the request that caused it

    Scenario: The correlation of a request is on every call that it causes, and on its answer
      Given I remember "rehearsal-${unique word}" as "correlation"
      And every request carries the headers:
        | X-Correlation-ID | ${correlation} |
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And header "X-Correlation-ID" is "${correlation}"
      And in every call to "POST /api/v1/email/send" header "X-Correlation-ID" is "${correlation}"
      And in every call to "POST /api/v1/content/publish" header "X-Correlation-ID" is "${correlation}"
      And in every call to "POST /api/v1/social/post" header "X-Correlation-ID" is "${correlation}"
      And in every call to "POST /api/v1/webhooks/content" header "X-Correlation-ID" is "${correlation}"
      And in every call to "POST /api/v1/email/send" header "traceparent" matches "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"

    Scenario: A job that runs in the background keeps the correlation of its request
      Given I remember "rehearsal-${unique word}" as "correlation"
      And every request carries the headers:
        | X-Correlation-ID | ${correlation}    |
        | X-API-Key        | rehearsal-api-key |
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["email"]       |
      Then correlation_id is "${correlation}"
      And within 5 seconds the CRM received 1 call to "POST /api/v1/email/send"
      And in every call to "POST /api/v1/email/send" header "X-Correlation-ID" is "${correlation}"
