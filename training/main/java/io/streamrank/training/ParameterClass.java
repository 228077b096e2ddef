package io.streamrank.training;

/**
 * Parameters that the optimizer treats alike.
 *
 * @param rate the factor of their learning rate; 0 for those that stay as they are
 * @param decay their weight decay
 */
record ParameterClass(double rate, double decay) {
    static final ParameterClass FROZEN = new ParameterClass(0, 0);

    boolean trained() {
        return rate > 0;
    }
}
