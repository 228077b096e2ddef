package io.streamrank.replay.scale;

/**
 * What is summed up.
 *
 * @param name the contender, the number of the task, or the reason's word
 */
record Total(Kind kind, String name) {
    private static final char SEPARATOR = '/';

    /** Of what. */
    enum Kind {
        /** A contender's values. */
        CONTENDER("contender"),
        /** The lists of one task. */
        LISTS("lists"),
        /** Records that are left out for one reason. */
        LEFT_OUT("left-out");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    static Total of(String contender) {
        return new Total(Kind.CONTENDER, contender);
    }

    static Total lists(int task) {
        return new Total(Kind.LISTS, Integer.toString(task));
    }

    static Total leftOut(LeftOut.Reason reason) {
        return new Total(Kind.LEFT_OUT, reason.word());
    }

    static Total parse(String key) {
        int end = key.indexOf(SEPARATOR);
        for (Kind kind : Kind.values()) {
            if (end >= 0 && kind.word.equals(key.substring(0, end))) {
                return new Total(kind, key.substring(end + 1));
            }
        }
        throw new IllegalArgumentException("no total is called " + key);
    }

    String key() {
        return kind.word + SEPARATOR + name;
    }
}
