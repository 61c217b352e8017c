Feature: Nothing in it
  Only words.
