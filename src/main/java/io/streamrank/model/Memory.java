package io.streamrank.model;

/** What a model can keep of a pair's leading tokens, to go on from there in another pair: rows of its tables. */
enum Memory {
    /** Nothing: every token sees the query. */
    NONE,
    /** A state of fixed size, whatever it has read: one row. */
    SEQUENCE,
    /** Keys and values: a row a token. */
    TOKEN;

    /** How many rows it takes to keep so many tokens. */
    int rows(int tokens) {
        return this == TOKEN ? tokens : 1;
    }
}
