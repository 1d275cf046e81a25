"""What every dialect needs: bodies within limits, paging arithmetic, files of certificates."""
