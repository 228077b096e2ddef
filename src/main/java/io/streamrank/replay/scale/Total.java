package io.streamrank.replay.scale;

/**
 * What is summed up: a contender's values, or the lists of one task.
 *
 * @param isLists which of both
 * @param name the contender, or the number of the task
 */
record Total(boolean isLists, String name) {
    private static final String LISTS = "lists/";
    private static final String CONTENDER = "contender/";

    static Total of(String contender) {
        return new Total(false, contender);
    }

    static Total lists(int task) {
        return new Total(true, Integer.toString(task));
    }

    static Total parse(String key) {
        return key.startsWith(LISTS)
                ? new Total(true, key.substring(LISTS.length()))
                : new Total(false, key.substring(CONTENDER.length()));
    }

    String key() {
        return (isLists ? LISTS : CONTENDER) + name;
    }
}
