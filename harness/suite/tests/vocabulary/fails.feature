Feature: What does not hold. Each scenario is named after a part of its failure.

  Scenario: nothing here
    When I GET "/nowhere"
    Then the status is 200

  Scenario: did you mean `title`?
    When I GET "/items"
    Then titel is "Spring"

  Scenario: `title is "Fall"` does not hold | "Fall" | "Spring"
    When I GET "/items"
    Then title is "Fall"

  Scenario: a client error (4xx)
    When I GET "/items"
    Then the status is a client error

  Scenario: absent; there is `x-version`
    When I GET "/items"
    Then header "X-Versoin" is "2"

  Scenario: items[0].channel is "web"
    When I GET "/items"
    Then every items[*].channel is "web"

  Scenario: nothing was checked
    When I GET "/items"
    Then every none[*].id is "x"

  Scenario: the nearest is items[1]
    When I GET "/items"
    Then some items[*] is like:
      | channel | web |
      | id      | z   |
      | tags    | ["x"] |

  Scenario: 2 of 3 are like this, not 3
    When I GET "/items"
    Then exactly 3 of items[*] are like:
      | channel | web |

  Scenario: not in falling order
    When I GET "/items"
    Then items are sorted by at, highest first

  Scenario: have the same channel
    When I GET "/items"
    Then items have unique channel

  Scenario: the answer looks different: count
    When I GET "/items"
    Then the answer looks like:
      """json
      {"title": "Spring", "count": <string>, ...}
      """

  Scenario: lets more fields be
    When I GET "/items"
    Then the answer looks like:
      """json
      {"title": "Spring"}
      """

  Scenario: nothing is remembered as `nmae`
    Given I remember "x" as "name"
    When I GET "/items"
    Then title is "${nmae}"

  Scenario: within 100 ms
    When I wait up to 100 ms until GET "/items" says title is "Fall"

  Scenario: 1 × 200
    When I GET "/items"
    And I send the request 1 times, 1 at once
    Then the statuses are:
      | 429 | 1 |

  Scenario: two answers hold the same `title`
    When I GET "/items"
    And I send the request 2 times, 2 at once
    Then the answers have unique title

  Scenario: is accepted
    When I POST to "/notes" with the fields:
      | title | T |
      | body  | B |
    Then a body without "body" is refused with 422

  Scenario: breaks its contract at body/query/limit
    When I GET "/echo" with the query:
      | limit | many |
    Then the answer honours its contract

  Scenario: the answer at title breaks the contract `long-title`
    When I GET "/items"
    Then the answer honours the contract "long-title"

  Scenario: items[0] breaks the contract `long-title`
    When I GET "/items"
    Then items[*] honours the contract "long-title"

  Scenario: things is not there to honour the contract `item`
    When I GET "/items"
    Then things honours the contract "item"

  Scenario: there was no call to POST /documents, so nothing was checked
    When I GET "/items"
    Then in every call to "POST /documents" the body honours the contract "long-title"

  Scenario: did you mean "long-title"?
    When I GET "/items"
    Then the answer honours the contract "long-titel"

  Scenario: does not break its contract at title
    When I GET "/items"
    Then the answer breaches its contract at "title"

  Scenario: the contract of the Store knows no `POST /documets`
    Given the Store answers 503 to "POST /documets"

  Scenario: `unicorns` means no call of the Store
    When I POST to "/publish"
    Then the Store received 0 unicorns

  Scenario: keeps no `notse`
    Given 3 notse in the Store

  Scenario: the nearest call is
    When I POST to "/publish"
    Then the Store received 1 publication like:
      | title | Fall! |

  Scenario: the Store received 1 of `POST /documents`, not 2
    When I POST to "/publish"
    Then the Store received exactly 2 calls to "POST /documents"

  Scenario: received 1 call | no call
    When I POST to "/publish"
    Then the Store received nothing

  Scenario: within 50 ms, not 1
    Then within 50 ms the Store received 1 call to "POST /documents"

  Scenario: was sent twice
    When I POST to "/publish" with the fields:
      | twice | true |
    Then nothing was sent twice

  Scenario: there were 1 attempts
    When I POST to "/publish"
    Then the attempts at "POST /documents" were at least 1 second apart

  Scenario: too near to each other
    Given the Store answers 503 to "POST /documents" once, then recovers
    When I POST to "/publish"
    Then the attempts at "POST /documents" were at least 20 seconds apart

  Scenario: may change something reached the mocks
    When I preview:
      """json
      {"leak": true}
      """
    Then nothing was published

  Scenario: is not `title` of what the Store received
    When I preview:
      """json
      {"differs": true}
      """
    Then the preview is what a live run sends

  Scenario: 0 of POST /documents took effect
    Given the Store is down
    When I POST to "/publish" with the fields:
      | lie | true |
    Then what the answer claims is what the mocks received

  Scenario: somebody will send it again
    When I POST to "/publish" with the fields:
      | deny | true |
    Then what the answer claims is what the mocks received

  Scenario: 2 of POST /documents took effect
    When I POST to "/publish" with the fields:
      | twice | true |
    Then what the answer claims is what the mocks received

  Scenario: no contract knows store POST /documets
    When I GET "/stray"
    Then no call was unexpected

  Scenario: saw no message where type is "alarm" within 50 ms
    When "ana" connects to "/ws/live"
    Then within 50 ms "ana" sees a message where type is "alarm"

  Scenario: saw a message where type is "welcome"
    When "ana" connects to "/ws/live"
    Then for 5 seconds "ana" sees no message where type is "welcome"

  Scenario: HTTP 403
    When "eve" connects to "/ws/live?session_id=none"

  Scenario: accepted, then
    Then the connection of "eve" to "/ws/live" is refused with 403

  Scenario: nobody called "ban" has connected
    When "ben" connects to "/ws/live"
    And "ban" leaves

  Scenario: there is no secret `API_KEI`
    Given secret "API_KEI"

  Scenario: the profile `staging`
    Given the profile "staging"

  Scenario: did you mean `readers.csv`?
    Given the test data "reader.csv" as "readers"

  Scenario: the answer is not the snapshot "items"
    When I GET "/new"
    Then the answer is the snapshot "items"

  Scenario: POST /documents was sent twice
    Given the Store applies "POST /documents" and loses the answer once, then recovers
    When I POST to "/publish"
    Then nothing was sent twice

  Scenario: a fresh service needs a command
    Given a freshly started service with the environment:
      | A | 1 |

  Scenario: breaks its contract at body/title
    When I POST to "/publish" with the fields:
      | bad | true |
    Then every call honoured its contract

  Scenario: no file below
    When I POST to "/notes" with the body "../main.rs"

  Scenario: there is no request yet to send again
    When I send the same request again

  Scenario: there is no `nothere`
    When I POST to "/publish"
    Then no nothere[*].n is 1

  Scenario: there is no `noplace`
    When I POST to "/publish"
    Then exactly 0 of noplace[*] are like:
      | n | 1 |
