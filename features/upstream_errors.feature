@errors
Feature: Errors of the CRM and the Platform
  Every upstream error must reach the editors as what it is. The risk: an error is swallowed and a made-up success comes
  back, one channel takes the others down with it, or a refusal is tried again although it will be refused again.

  Rule: What was refused is reported, not tried again, and does not hold up the other channels

    Scenario Outline: The CRM refuses the newsletter with <status>
      Given the CRM answers <status> to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["web", "social"]
        """
      And results.email.status is "failed"
      And results.email.error contains "<status>"
      And results.email.message_id is absent
      And newsletter.recipient_count is absent
      And errors has 1 item
      And the CRM received exactly 1 call to "POST /api/v1/email/send"
      And what the answer claims is what the mocks received

      Examples: what its contract knows
        | status |
        | 400    |
        | 401    |
        | 403    |
        | 422    |

      @wrong-answer
      Examples: what its contract does not know
        | status |
        | 404    |
        | 409    |
        | 413    |

    Scenario Outline: The Platform refuses the web page with <status>
      Given the Platform answers <status> to "POST /api/v1/content/publish"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email", "social"]
        """
      And results.web.status is "failed"
      And results.web.error contains "<status>"
      And results.web.content_id is absent
      And the Platform received 1 publication
      And the Platform received exactly 0 calls to "POST /api/v1/webhooks/content"
      And what the answer claims is what the mocks received

      Examples: what its contract knows
        | status |
        | 400    |
        | 403    |
        | 413    |

      @wrong-answer
      Examples: what its contract does not know
        | status |
        | 409    |

    @wrong-answer
    Scenario: What the CRM said is told to the editors
      Given the CRM answers 409 to "POST /api/v1/email/send" with:
        """json
        {"detail": "Campaign spring is closed"}
        """
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And results.email.error contains "Campaign spring is closed"
      And some errors[*] contains "Campaign spring is closed"

    Scenario: A key that the CRM no longer takes is reported, and shown to nobody
      Given the CRM rejects the key "rehearsal-crm-key"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "email"
      And results.email.error contains "401"
      And the body does not contain "rehearsal-crm-key"
      And the CRM received exactly 1 call to "POST /api/v1/email/send"
      And what the answer claims is what the mocks received

  Rule: What stays broken is given up and reported

    Scenario Outline: The CRM stays broken with <status>
      Given the CRM answers <status> to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "email"
      And results.email.status is "failed"
      And results.email.error contains "<status>"
      And what the answer claims is what the mocks received

      Examples: what its contract knows
        | status |
        | 500    |
        | 503    |

      @wrong-answer
      Examples: what its contract does not know
        | status |
        | 502    |
        | 504    |

    Scenario Outline: Nothing goes out when <what> is broken on the only channel that was asked for
      Given <service> answers 503 to "<call>"
      When I POST to "/api/v2/generate-content" with the body "publications/<channel>-only.json"
      Then the status is 502
      And detail contains "503"
      And detail contains "<channel>"
      And published_to is absent
      And what the answer claims is what the mocks received

      Examples:
        | what          | service      | call                         | channel |
        | the email     | the CRM      | POST /api/v1/email/send      | email   |
        | the page      | the Platform | POST /api/v1/content/publish | web     |
        | each post     | the Platform | POST /api/v1/social/post     | social  |

    @smoke
    Scenario: When every channel failed, the answer is an error that names each of them
      Given the CRM answers 500 to "POST /api/v1/email/send"
      And the Platform answers 400 to "POST /api/v1/content/publish"
      And the Platform answers 403 to "POST /api/v1/social/post"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 502
      And detail contains "email: "
      And detail contains "web: "
      And detail contains "social: "
      And what the answer claims is what the mocks received
      And the CRM holds 0 emails
      And the Platform holds 0 posts

    @wrong-answer
    Scenario: With the CRM and the Platform gone, the answer is an error and not a made-up success
      Given the CRM is down
      And the Platform is down
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 502
      And published_to is absent
      And what the answer claims is what the mocks received

    @wrong-answer
    Scenario: With the Platform gone, the newsletter still goes out
      Given the Platform is down
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email"]
        """
      And errors has 2 items
      And what the answer claims is what the mocks received

  Rule: Social posts stand each on its own

    Scenario: One network refuses its post, and the answer says which
      Given the Platform answers 403 to "POST /api/v1/social/post" after 2 good calls
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email", "web"]
        """
      And results.social.status is "failed"
      And exactly 2 of results.social.posts[*] are like:
        | status  | success  |
        | post_id | <string> |
      And exactly 1 of results.social.posts[*] is like:
        | platform | facebook |
        | status   | failed   |
        | post_id  | <absent> |
      And some errors[*] contains "facebook"
      And the Platform received 3 posts
      And the Platform holds 2 posts

    Scenario: A word that the networks ban costs one post, not the publication
      Given a freshly started service with the environment:
        | LIVING_DOC_PATH | features/data/living-documents/banned-post.md |
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "social"
      And some errors[*] contains "banned content"
      And exactly 1 of results.social.posts[*] is like:
        | platform | facebook         |
        | status   | failed           |
        | error    | </403.*banned/>  |
      And the Platform holds 2 posts
      And the CRM holds 1 email

  Rule: Subjects and titles that the mocks refuse on purpose

    Scenario Outline: A newsletter whose subject has the word "<word>"
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v1/newsletter/send" with the body "publications/newsletter.json" changed by:
        | subject | A word of <word> in spring |
      Then the status is 502
      And detail contains "<said>"
      And the CRM received <attempts> emails
      And the CRM holds 0 emails

      Examples:
        | word    | said | attempts |
        | Error   | 500  | 4        |
        | timeout | 408  | 4        |
        | invalid | 400  | 1        |

    Scenario Outline: A session summary whose title has the word "<word>"
      When I POST to "/api/v2/session-summary?publish_immediately=true" with the body "publications/session.json" changed by:
        | title | A <word> evening of breathing |
      Then the status is 502
      And detail contains "<said>"
      And the Platform received <attempts> publications
      And the Platform holds 0 content
      And the Platform received exactly 0 calls to "POST /api/v1/webhooks/content"

      Examples:
        | word      | said | attempts |
        | error     | 400  | 1        |
        | forbidden | 403  | 1        |
        | large     | 413  | 1        |
        | Timeout   | 408  | 4        |

    Scenario: A page that is too large does not keep the newsletter from its readers
      Given a freshly started service with the environment:
        | LIVING_DOC_PATH | features/data/living-documents/large-title.md |
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email", "social"]
        """
      And results.web.error contains "413"
      And what the answer claims is what the mocks received

  Rule: An answer that proves nothing is no success

    @wrong-answer
    Scenario: A CRM that answers garbage leaves the delivery unknown, and the email is not sent again
      Given the CRM answers garbage to "POST /api/v1/email/send"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "email"
      And results.email.status is "failed"
      And results.email.delivery_unknown is true
      And some errors[*] contains "delivery unknown"
      And the CRM received exactly 1 call to "POST /api/v1/email/send"

    @wrong-answer
    Scenario: A Platform that answers garbage once is asked whether the page is there, and gets it once
      Given the Platform answers garbage to "POST /api/v1/content/publish" once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And published_to contains "web"
      And the Platform holds 1 content
      And what the answer claims is what the mocks received

    @wrong-answer
    Scenario Outline: A CRM that answers 200 but <but> has not sent the email
      Given the CRM answers 200 to "POST /api/v1/email/send" with:
        """json
        <body>
        """
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["web", "social"]
        """
      And results.email.status is "failed"
      And some errors[*] starts with "email: "
      And the CRM received exactly 1 call to "POST /api/v1/email/send"

      Examples:
        | but                       | body                                                                                                            |
        | names no message          | {"status": "sent", "recipients_count": 100, "timestamp": "2026-01-24T10:00:00Z"}                                |
        | names an empty message    | {"message_id": "", "status": "sent", "recipients_count": 100, "timestamp": "2026-01-24T10:00:00Z"}              |
        | says that it failed       | {"message_id": "msg_1", "status": "failed", "recipients_count": 0, "timestamp": "2026-01-24T10:00:00Z"}         |
        | says that it bounced      | {"message_id": "msg_1", "status": "bounced", "recipients_count": 0, "timestamp": "2026-01-24T10:00:00Z"}        |

    @wrong-answer
    Scenario: A Platform that answers 200 without the id of the page has not published it
      Given the Platform answers 200 to "POST /api/v1/content/publish" with:
        """json
        {"status": "published", "url": "https://halcytone.com/content/unknown"}
        """
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to does not contain "web"
      And results.web.status is "failed"
      And the Platform received 1 publication
      And the Platform received exactly 0 calls to "POST /api/v1/webhooks/content"

    Scenario: A page that the Platform kept as a draft is not claimed as published
      When I POST to "/api/v2/session-summary?publish_immediately=true" with the body "publications/session.json" changed by:
        | title | A draft of an evening |
      Then published_to is absent
      And the Platform holds 1 content like:
        | status       | draft  |
        | published_at | <null> |
      And the Platform received exactly 0 calls to "POST /api/v1/webhooks/content"

    Scenario: A page is published even when nobody hears of it
      Given the Platform answers 500 to "POST /api/v1/webhooks/content"
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And published_to contains "web"
      And errors is empty
      And the Platform received exactly 1 call to "POST /api/v1/webhooks/content"
      And what the answer claims is what the mocks received

  Rule: A job tells which of its channels failed

    Scenario: A sync with a broken CRM is partial and says so
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      And the CRM answers 400 to "POST /api/v1/email/send"
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document      |
        | channels    | ["email", "website"] |
      And I remember job_id as "job"
      And I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "partial"
      Then results.email.status is "failed"
      And results.website.status is "success"
      And errors has 1 item
      And every errors[*] starts with "email: "
      And the Platform holds 1 content
