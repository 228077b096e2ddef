/**
 * Which pairs are scored together: token budgets and length order. Pure decisions, no input or output, no clock of its
 * own. Knows the contract alone.
 */
@NullMarked
package io.streamrank.batch;

import org.jspecify.annotations.NullMarked;
