Feature: What holds

  Scenario: set-up and values
    Given the service is ready
    And the profile "local"
    And secret "API_KEY"
    And I remember "spring" as "campaign"
    And I remember 3 as "count"
    And I remember:
      | limit | 25 |
    And I remember as "reader":
      """json
      {"email": "ana@example.com", "tags": ["beta"], "n": ${count}}
      """
    And a unique email as "fresh"
    And the test data "readers.csv" as "readers"
    And the clock stands at "2026-01-24T10:00:00Z"
    And every request carries the headers:
      | X-API-Key | ${API_KEY} |
    And the bearer token "${API_KEY}"
    And the cookie "a" is "1"
    And the cookie "b" is "2"
    When I POST to "/echo" with the fields:
      | campaign    | ${campaign}         |
      | count       | ${count}            |
      | limit       | ${limit}            |
      | tag         | ${reader.tags[0]}   |
      | first       | ${readers[0].email} |
      | age         | ${readers[1].age}   |
      | fresh       | ${fresh}            |
      | deep.list   | ["x", 1]            |
      | text        | "5"                 |
      | soon        | ${now + 2 days}     |
    Then all of these hold:
      | json.campaign         | is "spring"                |
      | json.count            | is 3                       |
      | json.limit            | is 25                      |
      | json.tag              | is "beta"                  |
      | json.first            | is "ana@example.com"       |
      | json.age              | is 41                      |
      | json.fresh            | is an email                |
      | json.deep.list        | has 2 items                |
      | json.text             | is "5"                     |
      | json.soon             | is "2026-01-26T10:00:00Z"  |
      | headers.x-api-key     | is "${API_KEY}"            |
      | headers.authorization | starts with "Bearer "      |
      | headers.cookie        | is "a=1; b=2"              |

  Scenario: requests of every shape
    When I GET "/echo" with the query:
      | page | 10  |
      | name | a b |
    Then query.page is "10"
    And query.name is "a b"
    When I GET "/echo" with the headers:
      | X-One | 1 |
    Then headers.x-one is "1"
    When I DELETE "/echo"
    Then method is "DELETE"
    When I PUT to "/echo" with:
      """yaml
      title: Spring
      tags: [a]
      """
    Then json.tags[0] is "a"
    When I POST to "/echo" with the form:
      | user | ana b |
    Then text is "user=ana+b"
    When I POST to "/echo" with the query:
      | count | 3 |
    Then query.count is "3"
    When I PATCH to "/echo" with the body "note.json"
    Then json.tone is "calm"
    When I POST to "/echo" with the body "note.json" changed by:
      | tone    | <absent> |
      | tags[1] | b        |
      | title   | <null>   |
    Then json looks like:
      """json
      {"title": null, "tags": ["a", "b"]}
      """
    When I POST to "/echo" with the raw body:
      """
      {"broken": tru
      """
    Then text contains "tru"
    When I POST to "/echo" with the raw body:
      """application/json
      {"half": "a\ud800b", "price": "\${no}", "broken": tru
      """
    Then text contains "\"a\ud800b\", \"price\": \"\${no}\", \"broken\": tru"
    And headers.content-type is "application/json"
    When I POST to "/echo" signed with the key "Jefe" in header "X-Signature", with:
      """text
      what do ya want for nothing?
      """
    Then headers.x-signature is "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    When I upload "readers.csv" as "file" to "/import"
    Then text contains "ben@example.com,41"
    And headers.content-type starts with "multipart/form-data"
    When I send the same request again
    Then text contains "ben@example.com,41"

  Scenario: many answers
    When I GET "/new"
    And I send the request 6 times, 3 at once
    Then all 6 answers have status 200
    And the statuses are:
      | 200 | 6 |
    And the answers have unique id
    And in every answer kind is "new"

  Scenario: waiting
    When I wait up to 10 seconds until GET "/job" says status is "completed"
    Then status is "completed"

  Scenario: the answer
    When I GET "/items"
    Then the status is 200
    And the status is one of 200, 202
    And the status is a success
    And it answers within 20 seconds
    And header "X-Version" is "2"
    And title is "Spring"
    And count is between 1 and 3
    And every items[*].channel is one of "email", "web"
    And some items[*].channel is "email"
    And no items[*].channel is "fax"
    And some items[*] is like:
      | channel | email      |
      | at      | <date-time> |
    And every items is like:
      | id | <string> |
    And exactly 2 of items[*] are like:
      | channel | web |
    And items are sorted by at
    And items have unique id
    And items[*].id has 3 items
    And $..password is absent
    And the answer honours its contract
    And the answer honours the contract "list"
    And items[0] honours the contract "item"
    And items[*] honours the contract "entry"
    And the answer is the snapshot "items"
    And the answer looks like:
      """yaml
      title: <string>
      count: <1..5>
      items:
        <each>:
          id: <string>
          ...
      none: <each? <uuid>>
      """
    And I remember title as "title"
    And I remember header "X-Version" as "version"
    And I remember the answer as "before"
    When I GET "/items"
    Then title is "${before.title}"
    When I GET "/metrics"
    Then the body contains "requests_total"

  Scenario: contracts
    When I GET "/echo" with the query:
      | limit | many |
    Then the answer breaches its contract at "query.limit"
    When I POST to "/notes" with the fields:
      | title | T |
    Then the status is 201
    And a body without "title" is refused with 422
    And each of these changes to the body is refused with 422:
      | title | <absent> |
      | title | 5        |
      | title | ""       |
    And every call honoured its contract

  Scenario: what the mocks received
    Given 5 notes in the Store
    When I POST to "/publish" with the fields:
      | title | Spring |
    Then the Store received 1 publication
    And the Store received 1 document
    And the Store received 1 call
    And the Store received 1 publication like:
      | title | </^Spring/> |
    And the Store received 1 call to "POST /documents" like:
      | title | Spring! |
    And the Store received exactly 1 call to "POST /documents"
    And within 5 seconds the Store received 1 call to "POST /documents"
    And in every call to "POST /documents" title is "Spring!"
    And in every call to "POST /documents" the body honours the contract "short-title"
    And in every call to "POST /documents" header "X-API-Key" is "k"
    And I remember title of the last call to "POST /documents" as "sent"
    And the Store holds 5 notes
    And the Store holds 1 note like:
      | text | Note 1 |
    And the mocks received, in this order:
      | the Store | POST /documents |
    And no call was unexpected
    And nothing was sent twice
    And what the answer claims is what the mocks received

  Scenario: given items
    Given the Store holds the notes:
      | note_id | text  |
      | n_1     | first |
      | n_2     |       |
    Then the Store holds 2 notes
    And the Store received nothing

  Scenario: an upstream that recovers
    Given the Store answers 503 to "POST /documents" twice, then recovers
    When I POST to "/publish"
    Then status is "success"
    And the Store received exactly 3 calls to "POST /documents"
    And the attempts at "POST /documents" were at least 20 and 20 ms apart
    And nothing was sent twice
    And what the answer claims is what the mocks received

  Scenario: an upstream with a body and a pause
    Given the Store answers 429 to everything and asks to retry after 1 second
    When I POST to "/publish"
    Then status is "failed"
    When the Store works again
    And I POST to "/publish"
    Then status is "success"

  Scenario: an upstream that is down
    Given the Store is down
    When I POST to "/publish"
    Then status is "failed"
    And what the answer claims is what the mocks received

  Scenario: an upstream that answers garbage
    Given the Store answers garbage to "POST /documents"
    When I POST to "/publish"
    Then status is "failed"

  Scenario: an upstream that drops connections
    Given the Store drops the connection on "POST /documents" once, then recovers
    When I POST to "/publish"
    Then status is "success"
    And nothing was sent twice

  Scenario: a breach on purpose
    When I POST to "/publish" with the fields:
      | bad | true |
    Then status is "failed"
    And the Store received a call that breaches its contract at "title"

  Scenario: credentials
    Given basic auth as "ana" with the password "s:cret"
    When I GET "/echo"
    Then headers.authorization is "Basic YW5hOnM6Y3JldA=="

  Scenario: an upstream that takes its time
    Given the Store takes 50 ms to answer "POST /documents"
    When I POST to "/publish"
    Then status is "success"

  Scenario: an upstream that fails later
    Given the Store answers 503 to "POST /documents" after 1 good call
    When I POST to "/publish"
    Then status is "success"
    When I POST to "/publish"
    Then status is "failed"

  Scenario: an upstream that answers with a body
    Given the Store answers 503 to "POST /documents" once, then recovers with:
      """json
      {"detail": "busy"}
      """
    When I POST to "/publish"
    Then status is "success"

  Scenario: an upstream with limits and keys
    Given the Store allows 100 requests per second
    And the Store rejects the key "other"
    When I POST to "/publish"
    Then status is "success"

  Scenario: a call on purpose
    When I GET "/stray"
    Then the Store received a call that no contract knows: "POST /documets"

  Scenario: a preview
    When I preview:
      """yaml
      title: Spring
      """
    Then status is "preview"
    And nothing was published
    And the preview is what a live run sends
    And status is "success"

  Scenario: a live session
    When "ana" joins the session "s1" as instructor
    And "ana" sends:
      """json
      {"type": "chat", "data": {"text": "breathe in"}}
      """
    Then within 5 seconds "ana" sees a message where type is "chat"
    And within 5 seconds "ana" sees a message like:
      | data.text | breathe in |
    And "ana" sees, in this order:
      | type    | data.text  |
      | welcome |            |
      | chat    | breathe in |
    And for 50 ms "ana" sees no message where type is "alarm"
    And the connection of "ana" is open
    And I remember type of the last message to "ana" as "type"
    When "ana" loses the connection
    And "ana" reconnects and asks for what was missed
    Then missed[0].type is "chat"
    And since is a date-time within 1 minute of now
    When "ana" leaves
    And "ana" reconnects
    And "ana" sends the text "bad"
    Then the connection of "ana" is closed with 1008
    And the connection of "eve" to "/ws/live?session_id=none" is refused with 403
    When "ben" connects to "/ws/live"
    Then within 5 seconds "ben" sees a message where session is "s1"
