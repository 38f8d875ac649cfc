
# Without a command, options are those of train, the default.
_logreg-stream_or_train() {
    if [[ "${COMP_CWORD}" -ge 1 && "${COMP_WORDS[1]}" == -* ]]; then
        COMP_WORDS=("${COMP_WORDS[0]}" train "${COMP_WORDS[@]:1}")
        COMP_CWORD=$((COMP_CWORD + 1))
        COMP_LINE="${COMP_LINE/#"${COMP_WORDS[0]}"/"${COMP_WORDS[0]} train"}"
        COMP_POINT=$((COMP_POINT + 6))
    fi
    _logreg-stream "$@"
}
complete -o filenames -F _logreg-stream_or_train logreg-stream
