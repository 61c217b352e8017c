Feature: A typo in a keyword

  Scenaro: Misspelt
    When I GET "/health"
