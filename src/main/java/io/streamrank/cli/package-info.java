/** The command line: thin commands that put the rooms together and print what a person wants to see. */
@NullMarked
package io.streamrank.cli;

import org.jspecify.annotations.NullMarked;
