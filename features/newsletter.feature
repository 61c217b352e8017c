@newsletter
Feature: Sending a finished newsletter
  Editors hand over a newsletter that is ready, and it goes to the CRM word by word. The risks: it is said to be sent and was
  not, it is sent twice, or a test reaches the readers.

  Background:
    Given every request carries the headers:
      | X-API-Key | rehearsal-api-key |

  @smoke @publishing
  Scenario: A newsletter is sent at once
    When I POST to "/api/v1/newsletter/send" with:
      """json
      {
        "subject": "Breathe into spring",
        "html_content": "<p>Three exercises for lighter days.</p>",
        "text_content": "Three exercises for lighter days."
      }
      """
    Then the status is 200
    And all of these hold:
      | status     | is "sent" |
      | recipients | is 100    |
      | scheduled  | is false  |
    And the CRM received 1 email like:
      | subject      | Breathe into spring                      |
      | html_content | <p>Three exercises for lighter days.</p> |
      | text_content | Three exercises for lighter days.        |
    And the Platform received nothing
    When I remember job_id as "job"
    And I GET "/api/v2/jobs/${job}"
    Then the status is 200
    And status is "completed"
    And results.email.status is "success"
    And results.email.recipients_count is 100

  @publishing
  Scenario: The filter for recipients reaches the CRM
    When I POST to "/api/v1/newsletter/send" with:
      """json
      {
        "subject": "For beta readers only",
        "html_content": "<p>Thank you for trying it.</p>",
        "text_content": "Thank you for trying it.",
        "recipient_filter": {"tags": ["beta"]}
      }
      """
    Then the status is 200
    And the CRM received 1 email like:
      | subject                        | For beta readers only |
      | metadata.recipient_filter.tags | ["beta"]              |

  @smoke
  Scenario: A test newsletter is not sent
    When I POST to "/api/v1/newsletter/send" with:
      """json
      {"subject": "Only a test", "html_content": "<p>Test</p>", "text_content": "Test", "test_mode": true}
      """
    Then the status is 200
    And status is "preview"
    And recipients is 0
    And nothing was published

  @publishing
  Scenario: A newsletter with a time in the future waits
    Given I remember "${now + 1 day}" as "tomorrow"
    When I POST to "/api/v1/newsletter/send" with:
      """json
      {
        "subject": "See you tomorrow", "html_content": "<p>Tomorrow</p>", "text_content": "Tomorrow",
        "schedule_time": "${tomorrow}"
      }
      """
    Then the status is 200
    And all of these hold:
      | status         | is "scheduled"               |
      | scheduled      | is true                      |
      | scheduled_time | is after "${now + 23 hours}" |
      | recipients     | is 0                         |
    And the CRM received nothing
    When I remember job_id as "job"
    And I GET "/api/v2/jobs/${job}"
    Then status is "pending"

  @publishing
  Scenario: The same newsletter under the same idempotency key is sent once
    Given every request carries the headers:
      | Idempotency-Key | ${uuid} |
    When I POST to "/api/v1/newsletter/send" with:
      """json
      {"subject": "Sent once", "html_content": "<p>Once</p>", "text_content": "Once"}
      """
    And I remember job_id as "job"
    And I send the same request again
    Then the status is 200
    And header "Idempotent-Replayed" is "true"
    And job_id is "${job}"
    And the CRM received 1 email

  @errors @publishing
  Scenario: A newsletter that the CRM refuses is not said to be sent
    Given a freshly started service
    When I POST to "/api/v1/newsletter/send" with:
      """json
      {"subject": "An invalid subject", "html_content": "<p>Hello</p>", "text_content": "Hello"}
      """
    Then the status is 502
    And detail contains "not sent"
    And the CRM received 1 email
    When I GET "/api/v2/jobs"
    Then total is 1
    And jobs[0] looks like:
      """yaml
      status: failed
      channels: [email]
      results: {email: {status: failed, ...}}
      errors: ["</^email: .*400/>"]
      ...
      """
