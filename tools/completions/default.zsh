    # Without a command, options are those of train, the default.
    if (( CURRENT >= 2 )) && [[ "${words[2]}" == -* ]]; then
        words=("${words[1]}" train "${(@)words[2,-1]}")
        (( CURRENT++ ))
    fi
