@retries
Feature: Timeouts, retries and lost answers
  Upstream systems stumble, and most of the time a second attempt helps. The risk: no second attempt, so the newsletter is
  lost; attempts that hammer a system that is down; or, worst of all, readers who get the same email twice.

  Rule: What failed for certain is tried again

    Scenario Outline: <thing> goes out at the third attempt
      Given <service> answers 503 to "<call>" twice, then recovers
      When I POST to "/api/v2/generate-content?social_platforms=twitter" with the body "publications/<channel>-only.json"
      Then the status is 200
      And published_to contains "<channel>"
      And results.<channel>.attempts is 3
      And errors is empty
      And <service> received exactly 3 calls to "<call>"
      And <service> holds 1 <kept>
      And what the answer claims is what the mocks received

      @smoke
      Examples:
        | thing          | service | call                    | channel | kept  |
        | The newsletter | the CRM | POST /api/v1/email/send | email   | email |

      Examples:
        | thing          | service      | call                         | channel | kept    |
        | The web page   | the Platform | POST /api/v1/content/publish | web     | content |
        | The post       | the Platform | POST /api/v1/social/post     | social  | post    |

    Scenario Outline: <status> is tried again, since it may pass
      Given the CRM answers <status> to "POST /api/v1/email/send" once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And results.email.attempts is 2
      And the CRM holds 1 email
      And what the answer claims is what the mocks received

      Examples: what its contract knows
        | status |
        | 408    |
        | 500    |

      @wrong-answer
      Examples: what its contract does not know
        | status |
        | 502    |
        | 504    |

    Scenario: After three retries it is given up
      Given the CRM answers 503 to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 502
      And the CRM received exactly 4 calls to "POST /api/v1/email/send"
      And the CRM holds 0 emails

    Scenario Outline: The number of retries is what the operators set: <retries>
      Given a freshly started service with the environment:
        | MAX_RETRIES | <retries> |
      And the CRM answers 503 to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 502
      And the CRM received exactly <attempts> calls to "POST /api/v1/email/send"

      Examples:
        | retries | attempts |
        | 0       | 1        |
        | 1       | 2        |

    Scenario: The pauses between attempts grow
      Given the CRM answers 503 to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the attempts at "POST /api/v1/email/send" were at least 40, 80 and 160 ms apart

    Scenario: All attempts at one email carry the same idempotency key
      Given the CRM answers 503 to "POST /api/v1/email/send" 3 times, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      And I remember content_id as "publication"
      Then the CRM received exactly 4 calls to "POST /api/v1/email/send"
      And in every call to "POST /api/v1/email/send" header "Idempotency-Key" is "${publication}:email"
      And nothing was sent twice

    Scenario: Trouble with one channel costs the others nothing
      Given the CRM answers 503 to "POST /api/v1/email/send" twice, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And all of these hold:
        | results.email.attempts  | is 3 |
        | results.web.attempts    | is 1 |
        | results.social.attempts | is 3 |
      And what the answer claims is what the mocks received
      And nothing was sent twice

  Rule: Nobody is waited for longer than the operators allow

    @slow @wrong-answer
    Scenario: A CRM that never answers is given up after a second, and the web page still goes out
      Given the CRM never answers "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then it answers within 5 seconds
      And the status is 200
      And published_to looks like:
        """json
        ["web", "social"]
        """
      And results.email.error contains "did not answer within 1000 ms"
      And results.email.delivery_unknown is true
      And the CRM received exactly 1 call to "POST /api/v1/email/send"

    @wrong-answer
    Scenario: A shorter limit is kept, too
      Given a freshly started service with the environment:
        | UPSTREAM_TIMEOUT_MS | 200 |
      And the CRM never answers "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then it answers within 5 seconds
      And the status is 200
      And results.email.error contains "did not answer within 200 ms"
      And published_to does not contain "email"

    Scenario: An answer that comes late, but in time, counts
      Given the CRM takes 200 ms to answer "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And results.email.attempts is 1
      And what the answer claims is what the mocks received

    @slow
    Scenario: A newsletter whose subject makes the CRM slow is not sent a second time
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v1/newsletter/send" with the body "publications/newsletter.json" changed by:
        | subject | A slow spring |
      Then the status is 502
      And detail contains "delivery unknown"
      And the CRM received exactly 1 call to "POST /api/v1/email/send"

  Rule: An email whose answer was lost is never sent again unasked

    @wrong-answer
    Scenario: The CRM took the email, and its answer was lost
      Given the CRM applies "POST /api/v1/email/send" and loses the answer
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["web", "social"]
        """
      And results.email.status is "failed"
      And results.email.delivery_unknown is true
      And some errors[*] contains "delivery unknown"
      And the CRM received exactly 1 call to "POST /api/v1/email/send"
      And the CRM holds 1 email
      And nothing was sent twice

    @wrong-answer
    Scenario: The connection broke before the CRM took the email, which nobody can know
      Given the CRM drops the connection on "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "email"
      And results.email.delivery_unknown is true
      And the CRM received exactly 1 call to "POST /api/v1/email/send"
      And the CRM holds 0 emails

    @wrong-answer
    Scenario: A post whose answer was lost is not posted again, and the other networks get theirs
      Given the Platform applies "POST /api/v1/social/post" and loses the answer once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/social-only.json"
      Then the status is 200
      And published_to is empty
      And exactly 1 of results.social.posts[*] is like:
        | platform         | twitter |
        | status           | failed  |
        | delivery_unknown | true    |
      And exactly 2 of results.social.posts[*] are like:
        | status | success |
      And the Platform received 3 posts
      And the Platform holds 3 posts
      And nothing was sent twice

  Rule: A page whose answer was lost is looked up before it is published again

    @smoke @wrong-answer
    Scenario: The page is there: it is found, claimed and not published again
      Given the Platform applies "POST /api/v1/content/publish" and loses the answer once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      And I remember the answer as "told"
      Then the status is 200
      And published_to contains "web"
      And errors is empty
      And the Platform received 1 publication
      And the Platform received exactly 1 call to "GET /api/v1/content"
      And the Platform holds 1 content like:
        | content_id | ${told.results.web.content_id} |
      And nothing was sent twice

    @wrong-answer
    Scenario: The page is not there: it is published again, and then it is there once
      Given the Platform drops the connection on "POST /api/v1/content/publish" once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And published_to contains "web"
      And results.web.attempts is 2
      And the Platform holds 1 content
      And the mocks received, in this order:
        | the Platform | POST /api/v1/content/publish |
        | the Platform | GET /api/v1/content          |
        | the Platform | POST /api/v1/content/publish |
      And what the answer claims is what the mocks received

    @wrong-answer
    Scenario: The page can't be looked up: nothing is claimed, and nothing is published again
      Given the Platform applies "POST /api/v1/content/publish" and loses the answer
      And the Platform answers 500 to "GET /api/v1/content"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "web"
      And results.web.delivery_unknown is true
      And the Platform received 1 publication
      And the Platform holds 1 content

    @slow
    Scenario: A page that the Platform took too long to confirm is found and not published again
      Given the Platform takes 1500 ms to answer "POST /api/v1/content/publish" once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And published_to contains "web"
      And the Platform received 1 publication
      And the Platform holds 1 content
      And nothing was sent twice

  Rule: A job that is retried sends what failed, and only that

    Background:
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |

    Scenario: The channel that failed gets its second chance, the other one is left alone
      Given the CRM answers 400 to "POST /api/v1/email/send" once, then recovers
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document      |
        | channels    | ["email", "website"] |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "partial"
      And I POST to "/api/v2/jobs/${job}/retry"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then errors is empty
      And runs is 2
      And the CRM holds 1 email
      And the Platform received 1 publication
      And nothing was sent twice

    @wrong-answer
    Scenario: A job whose email may have arrived is not retried unless somebody insists
      Given the CRM applies "POST /api/v1/email/send" and loses the answer once, then recovers
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["email"]       |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "failed"
      And I POST to "/api/v2/jobs/${job}/retry"
      Then the status is 400
      And detail contains "not known whether email arrived"
      And the CRM received exactly 1 call to "POST /api/v1/email/send"
      When I POST to "/api/v2/jobs/${job}/retry?force=true"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then the CRM received exactly 2 calls to "POST /api/v1/email/send"
